import { expect, test } from 'vitest';
import { type Client, CONTROL, Transcript } from './transcript.ts';

const INFO = { targetId: 'T', type: 'page', url: 'about:blank', title: '', attached: true };

/** A client on the session `S` of a page `T`, which has crashed. */
function crashedTab(): { t: Transcript; client: Client } {
  const t = new Transcript();
  const client = t.ready('R');
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: INFO }, sessionId: CONTROL });
  t.attached('R', 'S', 'page', 'T');
  t.chrome({ method: 'Inspector.targetCrashed', params: {}, sessionId: 'S' });
  t.chrome({
    method: 'Target.targetCrashed',
    params: { targetId: 'T', status: 'crashed' },
    sessionId: CONTROL,
  });
  client.heard();
  return { t, client };
}

function later(t: Transcript): void {
  t.now += 1500;
  t.mux.tick();
}

test('on a crashed tab what only a renderer can answer is not asked', () => {
  const { t, client } = crashedTab();
  client.say({ id: 1, method: 'Runtime.evaluate', sessionId: 'S' });
  expect(t.sent()).toEqual([]);
  expect(client.heard()).toEqual([
    {
      id: 1,
      sessionId: 'S',
      error: {
        code: -32000,
        message: 'cdp-hub: the tab crashed; Runtime.evaluate was not sent: reload it first',
      },
    },
  ]);
});

test('all else is asked, and answered by the hub where Chrome has not done so within a second', () => {
  const { t, client } = crashedTab();
  client.say({ id: 1, method: 'Page.getNavigationHistory', sessionId: 'S' });
  const { id } = t.one();
  client.say({ id: 2, method: 'Network.enable', sessionId: 'S' });
  const unanswered = t.one();
  t.mux.tick();
  expect(client.heard()).toEqual([]);
  t.chrome({ id, result: { entries: [] }, sessionId: 'S' });
  later(t);
  expect(client.heard()).toMatchObject([
    { id: 1, result: { entries: [] } },
    { id: 2, error: { message: 'cdp-hub: the tab crashed; Network.enable was not answered' } },
  ]);
  // Chrome's own answer, when the tab is loaded anew.
  t.chrome({ id: unanswered.id, error: { code: -32000, message: 'Target crashed' }, sessionId: 'S' });
  expect(client.heard()).toEqual([]);
});

test('a reload goes through, and from then on everything is as before', () => {
  const { t, client } = crashedTab();
  client.say({ id: 1, method: 'Page.reload', sessionId: 'S' });
  expect(t.one()).toMatchObject({ method: 'Page.reload', sessionId: 'S' });
  t.chrome({ method: 'Inspector.targetReloadedAfterCrash', params: {}, sessionId: 'S' });
  client.say({ id: 2, method: 'Runtime.evaluate', sessionId: 'S' });
  expect(t.one()).toMatchObject({ method: 'Runtime.evaluate' });
  client.heard();
  later(t);
  expect(client.heard()).toEqual([]);
});

test('who attaches later is asked to wait a second; attaching and detaching bring no tab back', () => {
  const { t, client } = crashedTab();
  const detached = { ...INFO, title: 'x', attached: false };
  t.chrome({ method: 'Target.targetInfoChanged', params: { targetInfo: detached }, sessionId: CONTROL });
  t.attached('R', 'S2', 'page', 'T');
  client.say({ id: 1, method: 'Page.printToPDF', sessionId: 'S2' });
  expect(t.sent()).toEqual([]);
  client.say({ id: 2, method: 'Runtime.evaluate', sessionId: 'S2' });
  expect(t.one()).toMatchObject({ method: 'Runtime.evaluate', sessionId: 'S2' });
  client.heard();
  later(t);
  expect(client.heard()).toMatchObject([{ id: 2, error: { code: -32000 } }]);
});

test('a navigation is told to who attached later by what Chrome says of the target', () => {
  const { t, client } = crashedTab();
  t.attached('R', 'S2', 'page', 'T');
  t.chrome({ method: 'Target.targetInfoChanged', params: { targetInfo: INFO }, sessionId: CONTROL });
  client.say({ id: 1, method: 'Page.printToPDF', sessionId: 'S2' });
  expect(t.one()).toMatchObject({ method: 'Page.printToPDF' });
  client.heard();
  later(t);
  expect(client.heard()).toEqual([]);
});
