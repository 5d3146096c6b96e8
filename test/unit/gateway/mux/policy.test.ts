import { expect, test } from 'vitest';
import { judge } from '../../../../src/gateway/isolation/policy.ts';
import { Transcript } from './transcript.ts';

test.each([undefined, 'S'])(
  'T8: Browser.close on session %s answers and ends that client only',
  (sessionId) => {
    const t = new Transcript();
    const a = t.ready('RA');
    const b = t.ready('RB');
    t.attached('RA', 'S');
    a.heard();
    a.say({ id: 3, method: 'Browser.close', ...(sessionId && { sessionId }) });
    expect(a.heard()).toEqual([{ id: 3, result: {}, ...(sessionId && { sessionId }) }]);
    expect(a.closed.map((close) => close.code)).toEqual([1000]);
    expect(t.one()).toMatchObject({ method: 'Target.detachFromTarget', params: { sessionId: 'RA' } });
    expect(b.closed).toEqual([]);
    expect(t.mux.held.clients).toBe(1);
  },
);

test.each([
  'Browser.crash',
  'Browser.crashGpuProcess',
  'Target.setRemoteLocations',
  'Target.exposeDevToolsProtocol',
  'Tethering.bind',
  'Tethering.unbind',
])('T9: %s is refused on every session', (method) => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  client.heard();
  client.say({ id: 1, method });
  client.say({ id: 2, method, sessionId: 'S' });
  expect(t.sent()).toEqual([]);
  expect(client.heard()).toMatchObject([
    { id: 1, error: { code: -32000, message: expect.stringMatching(`^cdp-hub: ${method} is refused`) } },
    { id: 2, sessionId: 'S', error: { code: -32000 } },
  ]);
});

test('a refused command on a foreign session is answered as a foreign session', () => {
  const t = new Transcript();
  const a = t.ready('RA');
  t.ready('RB');
  t.attached('RB', 'S');
  a.say({ id: 1, method: 'Browser.close', sessionId: 'S' });
  expect(a.frames).toMatchObject([{ id: 1, error: { code: -32001 } }]);
  expect(a.closed).toEqual([]);
});

test('everything else is forwarded untouched', () => {
  for (const method of ['Browser.getVersion', 'Page.crash', 'Target.closeTarget', 'Nope', 'browser.close']) {
    expect(judge(method)).toEqual({ do: 'forward' });
  }
});
