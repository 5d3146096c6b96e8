import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Chrome } from '../../helpers/chrome.ts';
import { until } from '../../helpers/hub.ts';

/**
 * What Chromium does, on which isolation by tabs is to stand. No hub takes part: when one of these fails after an
 * update of Chromium, the design has to change with it.
 */
interface Target {
  targetId: string;
  type: string;
  url: string;
  openerId?: string;
  parentId?: string;
  embedderData?: object;
}
interface Told {
  method: string;
  sessionId: string;
  params: { targetInfo: Target; sessionId: string };
}

const PAGE = `<a id=link target=_blank rel=noopener href=/noopener>link</a>
<button onclick="window.open('/opened')">open</button>`;

let server: Server;
let base: string;
let chrome: Chrome;
let socket: WebSocket;
let control: string;
const told: Told[] = [];
const pending = new Map<number, (answer: never) => void>();
let lastId = 0;

beforeAll(async () => {
  server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(PAGE));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  chrome = await Chrome.start();
  const version = (await (await fetch(`${chrome.url}/json/version`)).json()) as {
    webSocketDebuggerUrl: string;
  };
  socket = new WebSocket(version.webSocketDebuggerUrl, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    if (message.id) pending.get(message.id)?.(message.result as never);
    else told.push(message);
  });
  control = (await send<{ sessionId: string }>('Target.attachToBrowserTarget')).sessionId;
  await send('Target.setDiscoverTargets', { discover: true, filter: [{}] }, control);
});
afterAll(async () => {
  socket.close();
  await chrome[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

function send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
  const id = ++lastId;
  const { promise, resolve } = Promise.withResolvers<T>();
  pending.set(id, resolve as (answer: never) => void);
  socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
  return promise;
}

const created = (from: number) =>
  told
    .slice(from)
    .filter(({ method, sessionId }) => method === 'Target.targetCreated' && sessionId === control)
    .map(({ params }) => params.targetInfo);

/** A tab of its own window, attached to. */
async function newTab(): Promise<{ targetId: string; sessionId: string }> {
  const wish = { url: `${base}/`, newWindow: true, background: true };
  const { targetId } = await send<{ targetId: string }>('Target.createTarget', wish, control);
  const { sessionId } = await send<{ sessionId: string }>(
    'Target.attachToTarget',
    { targetId, flatten: true },
    control,
  );
  await until('the page is there', async () => {
    const answer = await send<{ result: { value: boolean } }>(
      'Runtime.evaluate',
      { expression: "document.readyState === 'complete' && !!document.querySelector('button')" },
      sessionId,
    );
    return answer.result.value;
  });
  return { targetId, sessionId };
}

describe('tabs in the default context', () => {
  it('are a tab with embedderData and then its page, never interleaved, before the answer of createTarget', async () => {
    const from = told.length;
    const wishes = [{ newWindow: true, background: true }, {}, { newWindow: true }, { background: true }];
    const seenAtAnswer: boolean[] = [];
    const ids = await Promise.all(
      [...wishes, ...wishes].map(async (wish) => {
        const { targetId } = await send<{ targetId: string }>(
          'Target.createTarget',
          { url: `${base}/`, ...wish },
          control,
        );
        seenAtAnswer.push(created(from).some((target) => target.targetId === targetId));
        return targetId;
      }),
    );
    expect(seenAtAnswer).toEqual(ids.map(() => true));

    const line = created(from).filter(
      ({ type, embedderData }) => type === 'page' || (type === 'tab' && embedderData),
    );
    expect(line.map(({ type }) => type)).toEqual(ids.flatMap(() => ['tab', 'page']));
    for (let i = 0; i < line.length; i += 2) {
      const tab = line[i]?.targetId;
      const { sessionId } = await send<{ sessionId: string }>(
        'Target.attachToTarget',
        { targetId: tab, flatten: true },
        control,
      );
      await send(
        'Target.setAutoAttach',
        { autoAttach: true, waitForDebuggerOnStart: false, flatten: true },
        sessionId,
      );
      const inside = told.find(
        (each) => each.method === 'Target.attachedToTarget' && each.sessionId === sessionId,
      );
      expect(inside?.params.targetInfo.targetId).toBe(line[i + 1]?.targetId);
    }
  });

  it.each([
    ['window.open', "document.querySelector('button').click()", '/opened'],
    ['a noopener link', "document.getElementById('link').click()", '/noopener'],
  ])('opened by %s name their opener from the start and share its window', async (_, expression, path) => {
    const { targetId, sessionId } = await newTab();
    const from = told.length;
    await send('Runtime.evaluate', { expression, userGesture: true }, sessionId);
    await until('the popup is there', () => created(from).some(({ type }) => type === 'page'));
    const popup = created(from).find(({ type }) => type === 'page');
    expect(popup?.openerId).toBe(targetId);
    const tab = created(from).find(({ type, embedderData }) => type === 'tab' && embedderData);
    expect(tab && 'openerId' in tab).toBe(false);
    const windowOf = (id: string | undefined) =>
      send<{ windowId: number }>('Browser.getWindowForTarget', { targetId: id }, control);
    expect((await windowOf(popup?.targetId)).windowId).toBe((await windowOf(targetId)).windowId);
    await until(`it loads ${path}`, async () => {
      const { targetInfos } = await send<{ targetInfos: Target[] }>('Target.getTargets', {}, control);
      return targetInfos.some(({ targetId: id, url }) => id === popup?.targetId && url === `${base}${path}`);
    });
  });
});
