import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Isolation } from '../../../../src/shared/isolation.ts';
import { type Client, CONTROL, type Frame, Transcript } from './transcript.ts';

/** What the hub may do by itself on a session that is not the sender's: let go what it held back. */
const LETS_GO = ['Runtime.runIfWaitingForDebugger', 'Target.detachFromTarget'];

const BY_TARGET = [
  'Target.attachToTarget',
  'Target.closeTarget',
  'Target.getTargetInfo',
  'Target.activateTarget',
];

const METHODS = [
  ...BY_TARGET,
  'Target.createTarget',
  'Target.getTargets',
  'Target.setAutoAttach',
  'Target.setDiscoverTargets',
  'Target.createBrowserContext',
  'Target.sendMessageToTarget',
  'Runtime.evaluate',
  'Runtime.runIfWaitingForDebugger',
  'Browser.close',
  'Browser.crash',
  'Storage.getCookies',
];

const CAST: Isolation[] = ['tabs', 'tabs', 'context', 'none'];

/** Numbers that choose among what there is at that moment. */
const Act = fc.record({
  who: fc.nat(),
  what: fc.constantFrom(
    'say',
    'say',
    'say',
    'garbage',
    'answer',
    'page',
    'attach',
    'detach',
    'destroy',
    'leave',
  ),
  method: fc.constantFrom(...METHODS),
  pick: fc.nat(),
  flag: fc.boolean(),
  garbage: fc.oneof(fc.json(), fc.string(), fc.constant('{"id":1.5,"method":"A.b"}')),
});
type Act = typeof Act extends fc.Arbitrary<infer T> ? T : never;

/** A browser and its clients, driven by whatever comes. */
class Play {
  readonly t = new Transcript();
  readonly clients = CAST.map((isolation, i) => {
    const workspace = this.t.workspace(isolation, i % 2 === 0);
    if (isolation === 'context') {
      workspace.home = 'HOME';
      this.t.mux.targets.addContext('HOME', workspace);
    }
    return this.t.ready(`R${i}`, workspace);
  });
  /** Sessions by id: the client on whose root, or below it, the browser attached them. */
  readonly sessions = new Map(this.clients.map((client, i) => [`R${i}`, client]));
  readonly inFlight = new Map<number, Frame>();
  readonly pages: string[] = [];
  readonly left = new Set<Client>();
  #made = 0;
  #seen = this.t.upstream.length;

  act(act: Act): void {
    const client = this.clients[act.who % this.clients.length] as Client;
    this.#do(client, act);
    this.#check(act.what === 'say' || act.what === 'garbage' ? client : null);
  }

  #do(client: Client, act: Act): void {
    const pages = ['P?', ...this.pages];
    const targetId = pages[act.pick % pages.length] ?? '';
    const ids = [...this.sessions.keys()];
    const sessionId = ids[act.pick % ids.length] ?? '';
    switch (act.what) {
      case 'say':
        client.say({
          id: act.pick,
          method: act.method,
          params: params(act, targetId, sessionId),
          ...(act.flag && { sessionId }),
        });
        return;
      case 'garbage':
        client.say(act.garbage);
        return;
      case 'answer':
        this.#answer(act);
        return;
      case 'page':
        this.#page(act);
        return;
      case 'attach':
        this.#attach(`R${act.who % this.clients.length}`, targetId, act.flag);
        return;
      case 'detach':
        if (/^S/.test(sessionId)) {
          const on = `R${this.clients.indexOf(this.sessions.get(sessionId) as Client)}`;
          this.sessions.delete(sessionId);
          this.t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId }, sessionId: on });
        }
        return;
      case 'destroy':
        this.pages.splice(this.pages.indexOf(targetId) >>> 0, 1);
        this.t.chrome({ method: 'Target.targetDestroyed', params: { targetId }, sessionId: CONTROL });
        return;
      case 'leave':
        // Seldom, or soon nobody is left.
        if (act.pick % 10 === 0) this.#leave(client);
    }
  }

  #leave(client: Client): void {
    client.mux.leave();
    this.left.add(client);
  }

  #page(act: Act): void {
    this.#made += 1;
    const targetId = `P${this.#made}`;
    const opener = this.pages[act.pick % (this.pages.length + 1)];
    const targetInfo = {
      targetId,
      type: 'page',
      url: '',
      ...(opener && act.flag && { openerId: opener }),
      ...(act.pick % 3 === 0 && { browserContextId: 'HOME' }),
    };
    this.pages.push(targetId);
    for (const on of [CONTROL, ...this.sessions.keys()]) {
      this.t.chrome({ method: 'Target.targetCreated', params: { targetInfo }, sessionId: on });
    }
  }

  #attach(on: string, targetId: string, waiting: boolean): string {
    this.#made += 1;
    const sessionId = `S${this.#made}`;
    const client = this.sessions.get(on);
    if (client && !this.left.has(client)) this.sessions.set(sessionId, client);
    this.t.chrome({
      method: 'Target.attachedToTarget',
      params: { sessionId, targetInfo: { targetId, type: 'page', url: '' }, waitingForDebugger: waiting },
      sessionId: on,
    });
    return sessionId;
  }

  #answer(act: Act): void {
    const [id, frame] = [...this.inFlight][act.pick % (this.inFlight.size || 1)] ?? [];
    if (id === undefined || !frame) return;
    this.inFlight.delete(id);
    const targetId = this.pages[act.pick % (this.pages.length || 1)];
    const result =
      frame.method === 'Target.attachToTarget'
        ? { sessionId: this.#attach(frame.sessionId ?? '', String(frame.params?.targetId), false) }
        : frame.method === 'Target.createBrowserContext'
          ? { browserContextId: `C${id}` }
          : { targetId };
    this.t.chrome({
      id,
      ...(act.pick % 7 === 0 ? { error: { code: -1, message: 'no' } } : { result }),
      sessionId: frame.sessionId,
    });
  }

  /** What the browser was sent since the last look; `sender` is who made it so, if anybody. */
  #check(sender: Client | null): void {
    for (const frame of this.t.upstream.slice(this.#seen)) {
      const { id, method, params: sent, sessionId, ...rest } = frame;
      expect(rest).toEqual({});
      expect(typeof id === 'number' && (id | 0) === id && id > 0).toBe(true);
      expect(this.inFlight.has(Number(id))).toBe(false);
      this.inFlight.set(Number(id), frame);
      expect(method).not.toBe('Browser.close');
      expect(method).not.toBe('Browser.crash');
      if (sessionId === undefined) {
        // On the bare connection the hub makes and ends roots, and nothing else is ever said there.
        expect(['Target.attachToBrowserTarget', 'Target.detachFromTarget']).toContain(method);
        continue;
      }
      if (sessionId === CONTROL) continue;
      const owner = this.sessions.get(sessionId);
      if (owner !== sender) expect(LETS_GO).toContain(method);
      if (sender && owner === sender && BY_TARGET.includes(String(method))) {
        expect(this.t.mux.targets.visible(sender.mux.workspace, String(sent?.targetId))).toBe(true);
      }
    }
    this.#seen = this.t.upstream.length;
  }
}

function params(act: Act, targetId: string, sessionId: string): object {
  switch (act.method) {
    case 'Target.setAutoAttach':
      return { autoAttach: true, waitForDebuggerOnStart: act.flag, flatten: act.pick % 5 !== 0 };
    case 'Target.setDiscoverTargets':
      return { discover: act.flag };
    case 'Target.sendMessageToTarget':
      return {
        sessionId,
        message: act.flag
          ? act.garbage
          : JSON.stringify({ id: 1, method: 'Target.closeTarget', params: { targetId } }),
      };
    case 'Target.createTarget':
      return { url: 'about:blank', ...(act.flag && { browserContextId: act.pick % 2 ? 'HOME' : 'C1' }) };
    default:
      return { targetId, flatten: act.flag };
  }
}

test('whatever clients send, the browser sees well-formed commands with our ids, on sessions and targets of the sender', () => {
  fc.assert(
    fc.property(fc.array(Act, { maxLength: 60 }), (acts) => {
      const play = new Play();
      for (const act of acts) play.act(act);
      for (const client of play.clients) client.mux.leave();
      expect(play.t.mux.held).toMatchObject({ clients: 0, sessions: 0 });
      expect(play.t.mux.waiting.holds).toBe(0);
    }),
    { numRuns: 400 },
  );
});

test('every well-formed command is answered exactly once, whoever else does what', () => {
  fc.assert(
    fc.property(fc.array(Act, { maxLength: 40 }), (acts) => {
      const play = new Play();
      const asked = play.clients.map(() => 0);
      for (const act of acts) {
        if (act.what === 'leave' || act.what === 'garbage' || act.method === 'Browser.close') continue;
        if (act.what === 'say') {
          const i = act.who % play.clients.length;
          asked[i] = (asked[i] ?? 0) + 1;
        }
        play.act(act);
      }
      play.t.mux.lost('the browser is gone');
      const answers = play.clients.map(({ frames }) => frames.filter(({ id }) => id !== undefined).length);
      expect(answers).toEqual(asked);
    }),
    { numRuns: 300 },
  );
});
