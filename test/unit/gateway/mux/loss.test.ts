import { expect, test } from 'vitest';
import { Transcript } from './transcript.ts';

test('when the browser goes every command of every client is answered with the cause, then all are told', () => {
  const t = new Transcript();
  const a = t.ready('RA');
  const b = t.ready('RB');
  t.attached('RB', 'SB');
  b.heard();
  for (let id = 1; id <= 50; id += 1) a.say({ id, method: 'Runtime.evaluate' });
  b.say({ id: 1, method: 'Page.enable', sessionId: 'SB' });
  t.mux.lost('the browser was ended by SIGKILL');
  expect(a.frames).toEqual(
    Array.from({ length: 50 }, (_, n) => ({
      id: n + 1,
      error: {
        code: -32000,
        message: 'cdp-hub: the browser was ended by SIGKILL; Runtime.evaluate was not answered',
      },
    })),
  );
  expect(b.heard()).toMatchObject([
    { method: 'Target.detachedFromTarget', params: { sessionId: 'SB' } },
    { id: 1, sessionId: 'SB', error: { code: -32000 } },
  ]);
  expect(a.lost).toEqual(['the browser was ended by SIGKILL']);
  expect(t.mux.held).toEqual({ clients: 2, sessions: 0, inFlight: 0 });
});

test('the sessions end first, those below others before them', () => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  t.attached('S', 'W', 'worker');
  client.heard();
  client.say({ id: 1, method: 'Runtime.evaluate', sessionId: 'S' });
  t.mux.lost('gone');
  expect(client.heard()).toEqual([
    { method: 'Target.detachedFromTarget', params: { sessionId: 'W', targetId: 'T-W' }, sessionId: 'S' },
    { method: 'Target.detachedFromTarget', params: { sessionId: 'S', targetId: 'T-S' } },
    {
      id: 1,
      sessionId: 'S',
      error: { code: -32000, message: 'cdp-hub: gone; Runtime.evaluate was not answered' },
    },
  ]);
});

test('what waits for a root when the browser goes is answered too', () => {
  const t = new Transcript();
  const client = t.join();
  client.say({ id: 1, method: 'Browser.getVersion' });
  t.mux.lost('gone');
  expect(client.frames).toMatchObject([{ id: 1, error: { code: -32000 } }]);
  expect(client.lost).toEqual(['gone']);
  expect(client.mux.inFlight).toBe(0);
});

test('with no browser a command is answered at once', () => {
  const t = new Transcript();
  t.mux.lost('the browser stopped');
  t.sent();
  const client = t.join();
  client.say({ id: 1, method: 'Browser.getVersion' });
  expect(t.sent()).toEqual([]);
  expect(client.frames[0]?.error?.message).toContain('the browser stopped');
});

test('a client that stays gets a fresh root on the next browser, and old sessions are void', () => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  t.mux.lost('restarting');
  t.open();
  client.heard();
  client.say({ id: 1, method: 'Browser.getVersion' });
  const attach = t.one();
  expect(attach.method).toBe('Target.attachToBrowserTarget');
  t.chrome({ id: attach.id, result: { sessionId: 'R2' } });
  expect(t.one()).toMatchObject({ method: 'Browser.getVersion', sessionId: 'R2' });
  client.say({ id: 2, method: 'Page.enable', sessionId: 'S' });
  expect(client.heard()).toMatchObject([{ id: 2, error: { code: -32001 } }]);
});

test('the hub’s own commands are answered with the cause as well', async () => {
  const t = new Transcript();
  const call = t.mux.call('Target.getTargets');
  t.mux.lost('gone');
  expect((await call).error?.message).toBe('cdp-hub: gone; Target.getTargets was not answered');
  expect((await t.mux.call('Target.getTargets')).error?.message).toContain('gone');
});

test.each(['null', '7', '{"error":{"code":-32700,"message":"JSON: x"}}', '{"id":999,"result":{}}', '{}'])(
  'what no client waits for harms nobody: %s',
  (text) => {
    const t = new Transcript();
    const client = t.ready('R');
    try {
      t.chrome(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
    }
    expect(client.frames).toEqual([]);
    expect(t.mux.held).toEqual({ clients: 1, sessions: 1, inFlight: 0 });
  },
);

test('what waits for the hub’s own session is answered when the browser refuses it one', async () => {
  const t = new Transcript();
  t.mux.lost('gone');
  const asked: { id: number }[] = [];
  t.mux.open((text) => asked.push(JSON.parse(text)));
  const answer = t.mux.call('Target.getTargets');
  t.chrome({ id: asked[0]?.id, error: { code: -32000, message: 'Not allowed' } });
  expect((await answer).error?.message).toBe('cdp-hub: the browser refused the hub a session');
});
