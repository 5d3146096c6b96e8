import { OpenAPIHono } from '@hono/zod-openapi';
import { afterEach, expect, test, vi } from 'vitest';
import { Gateway } from '../../../src/gateway/gateway.ts';
import { openApiRoute } from '../../../src/gateway/http/openapi.ts';
import { routes } from '../../../src/gateway/http/shapes/api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { GATEWAY_CONFIG } from '../../integration/gateway/gateway-process.ts';

/** The making of a document begins with its headers. */
const registered = vi.spyOn(Object.getPrototypeOf(new OpenAPIHono().openAPIRegistry), 'registerComponent');
const made = () => registered.mock.calls.filter(([kind]) => kind === 'headers').length;
afterEach(() => {
  vi.useRealTimers();
  registered.mockClear();
});

test('the document is made once, when it is asked for or before, and says whose it is each time', async () => {
  const app = routes();
  let prefix = '';
  const prepare = openApiRoute(app, { version: '1.2.3', prefix: () => prefix });
  expect(made()).toBe(0);
  prepare();
  expect(made()).toBe(1);
  const served = async () => (await (await app.request('/openapi.json')).json()) as { servers: unknown };
  expect(await served()).toMatchObject({
    openapi: '3.1.0',
    info: { version: '1.2.3' },
    servers: [{ url: '/' }],
    paths: { '/openapi.json': {} },
  });
  prefix = '/w/alice';
  expect((await served()).servers).toEqual([{ url: '/w/alice' }]);
  expect(made()).toBe(1);
});

test('a gateway makes it when nothing was in flight for three seconds, and nobody has asked', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const gateway = new Gateway({ ...GATEWAY_CONFIG, preload: true }, systemClock, () => {});
  vi.advanceTimersByTime(2900);
  expect(made()).toBe(0);
  vi.advanceTimersByTime(200);
  expect(made()).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(made()).toBe(1);
  gateway.close();
});
