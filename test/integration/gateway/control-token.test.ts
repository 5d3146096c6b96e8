import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { CONTROL_TOKEN } from './gateway-process.ts';

const gateway = await gatewayOn(await FakeChrome.start());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const PATHS = ['/api/v2', '/api/v2/clients', '/api/v2/events', '/api/v2/no/such/thing', '/w/alice/api/v2/x'];

test.each(PATHS)('%s is for who has the control token alone', async (path) => {
  for (const method of ['GET', 'POST', 'DELETE', 'PUT', 'OPTIONS']) {
    for (const [query, headers] of [
      ['', {}],
      ['', bearer('')],
      ['', bearer('wrong')],
      ['', bearer(`${CONTROL_TOKEN}x`)],
      ['', { authorization: `Basic ${btoa(`:${CONTROL_TOKEN}`)}` }],
      ['', { 'x-token': CONTROL_TOKEN, cookie: `token=${CONTROL_TOKEN}` }],
      ['?token=', {}],
      ['?token=wrong', {}],
      [`#token=${CONTROL_TOKEN}`, {}],
      [`?client=${CONTROL_TOKEN}`, {}],
    ] as [string, Record<string, string>][]) {
      const answer = await fetch(`${gateway.url}${path}${query}`, { method, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
      const text = await answer.text();
      expect(JSON.parse(text)).toEqual({
        error: 'UNAUTHORIZED',
        message: expect.any(String),
        hint: expect.stringContaining('control-token'),
      });
      expect(text).not.toContain(CONTROL_TOKEN);
    }
  }
});

test('by header or by query it passes', async () => {
  const path = `${gateway.url}/api/v2/no/such/thing`;
  for (const answer of [
    await fetch(path, { headers: bearer(CONTROL_TOKEN) }),
    await fetch(path, { headers: { authorization: `bearer  ${CONTROL_TOKEN}` } }),
    await fetch(`${path}?token=${CONTROL_TOKEN}`),
    await fetch(`${path}?a=1&token=${encodeURIComponent(CONTROL_TOKEN)}`),
  ]) {
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain(CONTROL_TOKEN);
  }
});

test('a socket needs it as well', async () => {
  const statusOf = async (query: string, headers = {}) => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/v2/events${query}`, { headers });
    socket.on('error', () => {});
    const [, answer] = await once(socket, 'unexpected-response');
    answer.resume();
    return [answer.statusCode, answer.headers['www-authenticate'] !== undefined];
  };
  expect(await statusOf('')).toEqual([401, true]);
  expect(await statusOf('?token=wrong')).toEqual([401, true]);
  expect(await statusOf('', bearer(CONTROL_TOKEN))).toEqual([404, false]);
  expect(await statusOf(`?token=${CONTROL_TOKEN}`)).toEqual([404, false]);
});

test('all else is open without it', async () => {
  for (const path of ['/', '/health', '/stats', '/version', '/json/version']) {
    expect((await fetch(`${gateway.url}${path}`)).status).toBe(200);
  }
});
