import { expect, test } from 'vitest';
import { type Client, CONTROL, type Frame, Transcript } from './transcript.ts';

/** A client with the page session S. */
function setUp() {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  client.heard();
  return { t, client };
}

const evaluate = (id: number) => ({ id, method: 'Runtime.evaluate', params: { n: id }, sessionId: 'S' });

const asked = (frames: Frame[]) => frames.map(({ method, params }) => params?.n ?? method);

/** The browser answers what it was sent, with what it was asked for. */
function answer(t: Transcript, frames: Frame[]) {
  for (const { id, params, sessionId } of frames) t.chrome({ id, result: { n: params?.n }, sessionId });
}

const ids = (frames: Frame[]) => frames.map(({ id }) => id);

test('what a paused client sends is held, and goes out in order when it is resumed', () => {
  const { t, client } = setUp();
  client.mux.pause.begin();
  for (const id of [1, 2, 3]) client.say(evaluate(id));
  client.say({ id: 4, method: 'Browser.getVersion' });
  expect(t.sent()).toEqual([]);
  expect(client.mux.inFlight).toBe(4);
  client.mux.pause.end();
  const sent = t.sent();
  expect(asked(sent)).toEqual([1, 2, 3, 'Browser.getVersion']);
  answer(t, sent);
  expect(ids(client.heard())).toEqual([1, 2, 3, 4]);
  expect(client.mux.inFlight).toBe(0);
});

test('answers and events reach a paused client', () => {
  const { t, client } = setUp();
  client.say(evaluate(1));
  const sent = t.sent();
  client.mux.pause.begin();
  answer(t, sent);
  t.chrome({ method: 'Page.loadEventFired', params: {}, sessionId: 'S' });
  expect(client.heard()).toMatchObject([{ id: 1, result: { n: 1 } }, { method: 'Page.loadEventFired' }]);
});

test('of a burst, what has not gone out when it is paused stays, ahead of what comes later', () => {
  const { t, client } = setUp();
  for (let id = 1; id <= 100; id += 1) client.say(evaluate(id));
  const before = t.sent();
  client.mux.pause.begin();
  for (let id = 101; id <= 200; id += 1) client.say(evaluate(id));
  answer(t, before);
  expect(t.sent()).toEqual([]);
  t.now += 1000;
  t.mux.tick();
  expect(t.sent()).toEqual([]);
  client.mux.pause.end();
  const after: Frame[] = [];
  for (let some = t.sent(); some.length > 0; some = t.sent()) {
    after.push(...some);
    answer(t, some);
  }
  const all = Array.from({ length: 200 }, (_, n) => n + 1);
  expect(before.length).toBeLessThan(100);
  expect(asked([...before, ...after])).toEqual(all);
  expect(ids(client.heard())).toEqual(all);
});

test('others go on meanwhile, and get the turns of the paused one', () => {
  const { t, client } = setUp();
  for (let id = 1; id <= 100; id += 1) client.say(evaluate(id));
  const flood = t.sent();
  const other = t.join();
  other.mux.start();
  t.chrome({ id: t.one().id, result: { sessionId: 'RX' } });
  client.mux.pause.begin();
  answer(t, flood);
  for (let id = 1; id <= 64; id += 1) other.say({ id, method: 'Browser.getVersion' });
  const sent = t.sent();
  expect(sent).toHaveLength(64);
  expect(sent.every(({ sessionId }) => sessionId === 'RX')).toBe(true);
});

test('a pause while its root is being made: what waited there stays', () => {
  const t = new Transcript();
  const client = t.join();
  client.say({ id: 1, method: 'Browser.getVersion' });
  const attach = t.one();
  client.mux.pause.begin();
  t.chrome({ id: attach.id, result: { sessionId: 'R' } });
  client.say({ id: 2, method: 'Target.getTargets' });
  expect(t.sent()).toEqual([]);
  client.mux.pause.end();
  expect(asked(t.sent())).toEqual(['Browser.getVersion', 'Target.getTargets']);
});

test('pausing twice and resuming once, and resuming what is not paused', () => {
  const { t, client } = setUp();
  client.mux.pause.end();
  client.mux.pause.begin();
  client.mux.pause.begin();
  client.say(evaluate(1));
  client.mux.pause.end();
  expect(client.mux.pause.on).toBe(false);
  expect(asked(t.sent())).toEqual([1]);
});

test('Browser.close of a paused client ends it when it is resumed, and not before', () => {
  const { client } = setUp();
  client.mux.pause.begin();
  client.say({ id: 1, method: 'Browser.close' });
  expect(client.closed).toEqual([]);
  client.mux.pause.end();
  expect(client.closed).toHaveLength(1);
});

test('a paused client that is ended: nothing of what was held goes out, and nothing is left of it', () => {
  const t = new Transcript();
  const client = t.ready('R', t.workspace('tabs', true));
  for (let id = 1; id <= 80; id += 1) {
    client.say({ id, method: 'Target.createTarget', params: { url: 'about:blank' } });
  }
  expect(t.sent()).toHaveLength(64);
  client.mux.pause.begin();
  client.say({ id: 81, method: 'Target.createTarget', params: { url: 'about:blank' } });
  client.mux.leave();
  expect(asked(t.sent())).toEqual(['Target.detachFromTarget']);
  // The 64 that went out, whose pages must be known to be closed, and the detach.
  expect(t.mux.held).toEqual({ clients: 0, sessions: 0, inFlight: 65 });
  expect(client.mux.inFlight).toBe(0);
});

test('the browser goes: what is held is answered with the cause, and the client stays paused', () => {
  const { t, client } = setUp();
  for (let id = 1; id <= 70; id += 1) client.say(evaluate(id));
  client.mux.pause.begin();
  client.say(evaluate(71));
  client.heard();
  t.mux.lost('the browser exited');
  const answers = client.heard().filter(({ id }) => id !== undefined);
  expect(answers).toHaveLength(71);
  expect(answers.every(({ error }) => error?.message.includes('the browser exited'))).toBe(true);
  t.sent();
  t.open();
  client.say({ id: 72, method: 'Browser.getVersion' });
  expect(t.sent()).toEqual([]);
  expect(client.mux.pause.on).toBe(true);
  client.mux.pause.end();
  t.chrome({ id: t.one().id, result: { sessionId: 'R2' } });
  expect(asked(t.sent())).toEqual(['Browser.getVersion']);
});

test('what follows on the end of a pause comes at once where there is none, and not for one that has left', () => {
  const { client } = setUp();
  const told: string[] = [];
  client.mux.pause.over(() => told.push('unpaused'));
  client.mux.pause.begin();
  client.mux.pause.over(() => told.push('resumed'));
  expect(told).toEqual(['unpaused']);
  client.mux.pause.end();
  expect(told).toEqual(['unpaused', 'resumed']);
  client.mux.pause.begin();
  client.mux.pause.over(() => told.push('left'));
  client.mux.leave();
  client.mux.pause.end();
  expect(told).toEqual(['unpaused', 'resumed']);
});

test('a withdrawn command is answered with an error and never goes out; one that is on its way is not touched', () => {
  const { t, client } = setUp();
  client.say(evaluate(1));
  const sent = t.sent();
  client.mux.pause.begin();
  for (const id of [2, 3]) client.say(evaluate(id));
  const error = { code: -32000, message: 'too late' };
  for (const id of [1, 2]) client.mux.withdraw(id, error);
  expect(client.heard()).toEqual([{ id: 2, error }]);
  answer(t, sent);
  client.mux.pause.end();
  expect(asked(t.sent())).toEqual([3]);
});

/** Two clients that auto-attach and wait, and a page of the first's. */
function watchers() {
  const t = new Transcript();
  const owner = t.ready('RO', t.workspace('tabs', true));
  const other = t.ready('RX', t.workspace('tabs', true));
  const make = (client: Client) => client.say({ id: 1, method: 'Target.createTarget', params: { url: '' } });
  const page = (targetId: string, openerId?: string) => ({
    targetId,
    type: 'page',
    url: '',
    ...(openerId && { openerId }),
  });
  const created = (targetInfo: object) =>
    t.chrome({ method: 'Target.targetCreated', params: { targetInfo }, sessionId: CONTROL });
  for (const client of [owner, other]) {
    const params = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
    client.say({ id: 2, method: 'Target.setAutoAttach', params });
    const { id, sessionId } = t.one();
    t.chrome({ id, result: {}, sessionId });
  }
  return { t, owner, other, make, page, created };
}

test('a popup of a paused client keeps the others no longer than one of a slow client', () => {
  const { t, owner, make, page, created } = watchers();
  make(owner);
  const { id } = t.one();
  created(page('P'));
  t.chrome({ id, result: { targetId: 'P' }, sessionId: CONTROL });
  owner.mux.pause.begin();
  created(page('POP', 'P'));
  for (const [sessionId, root] of [
    ['OWN', 'RO'],
    ['FOREIGN', 'RX'],
  ]) {
    const params = { sessionId, targetInfo: page('POP', 'P'), waitingForDebugger: true };
    t.chrome({ method: 'Target.attachedToTarget', params, sessionId: root });
  }
  owner.say({ id: 3, method: 'Runtime.runIfWaitingForDebugger', sessionId: 'OWN' });
  t.now += 14_000;
  t.mux.tick();
  expect(t.sent()).toEqual([]);
  expect(t.mux.waiting).toEqual({ holds: 1, parked: 0 });
  t.now += 1000;
  t.mux.tick();
  expect(asked(t.sent())).toEqual(['Runtime.runIfWaitingForDebugger', 'Target.detachFromTarget']);
  expect(t.mux.waiting).toEqual({ holds: 0, parked: 0 });
  owner.mux.pause.end();
  expect(t.one()).toMatchObject({ method: 'Runtime.runIfWaitingForDebugger', sessionId: 'OWN' });
});

test('pages that a paused client has asked for, and that are not made yet, keep no page of others from being told', () => {
  const { t, owner, other, make, page, created } = watchers();
  // More than go out at once.
  for (let id = 10; id < 90; id += 1) {
    owner.say({ id, method: 'Target.createTarget', params: { url: 'about:blank' } });
  }
  owner.mux.pause.begin();
  const went = t.sent();
  went.forEach(({ id }, n) => {
    created(page(`P${n}`));
    t.chrome({ id, result: { targetId: `P${n}` }, sessionId: CONTROL });
  });
  expect(went.length).toBeLessThan(80);
  make(other);
  const { id } = t.one();
  created(page('X'));
  const params = { sessionId: 'SX', targetInfo: page('X'), waitingForDebugger: false };
  t.chrome({ method: 'Target.attachedToTarget', params, sessionId: 'RX' });
  t.chrome({ id, result: { targetId: 'X' }, sessionId: CONTROL });
  expect(other.heard().map(({ id, method }) => method ?? id)).toEqual([2, 'Target.attachedToTarget', 1]);
  expect(t.mux.waiting.parked).toBe(0);
  // A person's page is nobody's from the start.
  created(page('HUMAN'));
  expect(t.mux.targets.ownerOf('HUMAN')).toBeNull();
});
