import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flow, Turnstile } from '../../../../src/gateway/mux/turnstile.ts';

/** A turnstile before a written-down browser; commands are named by whose they are. */
function setUp() {
  const sent: string[] = [];
  const timers: { at: number; then: () => void }[] = [];
  const ids = new Map<number, string>();
  const clock = { time: 0 };
  let last = 0;
  const turnstile = new Turnstile({
    clock: { now: () => clock.time, wall: () => clock.time },
    send: (text) => void sent.push(text),
    awaited: (id) => ids.has(id),
    later: (ms, then) => void timers.push({ at: clock.time + ms, then }),
  });
  return {
    turnstile,
    sent,
    ids,
    /** `count` commands of one client; returns their ids. */
    ask(flow: Flow, name: string, count = 1): number[] {
      return Array.from({ length: count }, (_, n) => {
        last += 1;
        ids.set(last, `${name}${n + 1}`);
        turnstile.pass(flow, { id: last, text: `${name}${n + 1}`, of: {} });
        return last;
      });
    },
    answer(id: number): void {
      ids.delete(id);
      turnstile.done(id);
    },
    wait(ms: number): void {
      clock.time += ms;
      for (const timer of timers.splice(0)) {
        if (timer.at <= clock.time) timer.then();
        else timers.push(timer);
      }
    },
    timers,
  };
}

describe('the way to the browser', () => {
  it('is open to everybody while there is room', () => {
    const { ask, sent } = setUp();
    ask(new Flow(), 'a', 64);
    expect(sent.length).toBe(64);
  });

  it('lets a quiet client pass a flood', () => {
    const { ask, sent } = setUp();
    ask(new Flow(), 'flood', 256);
    ask(new Flow(), 'quiet', 3);
    expect(sent.length).toBe(67);
    expect(sent.slice(-3)).toEqual(['quiet1', 'quiet2', 'quiet3']);
  });

  it('gives those who wait a turn each, in the order of their own', () => {
    const { ask, answer, sent } = setUp();
    const first = ask(new Flow(), 'a', 100);
    ask(new Flow(), 'b', 10);
    ask(new Flow(), 'c', 10);
    expect(sent.length).toBe(64 + 4 + 4);
    sent.length = 0;
    // Eight answers make room below the window again, and then one for each.
    for (const id of first.slice(0, 14)) answer(id);
    expect(sent).toEqual(['a65', 'b5', 'c5', 'a66', 'b6', 'c6']);
  });

  it('does not wait for what waits itself: an old command counts no more', () => {
    const { ask, wait, sent, timers } = setUp();
    ask(new Flow(), 'slow', 64);
    const other = new Flow();
    ask(other, 'b', 6);
    expect(sent.slice(64)).toEqual(['b1', 'b2', 'b3', 'b4']);
    wait(100);
    expect(sent.slice(64)).toEqual(['b1', 'b2', 'b3', 'b4', 'b5', 'b6']);
    expect(timers).toEqual([]);
    ask(other, 'c', 6);
    expect(sent.length).toBe(64 + 12);
  });

  it('sends what a client still wanted to say when it leaves', () => {
    const { ask, ids, turnstile, sent } = setUp();
    const flow = new Flow();
    const all = ask(flow, 'a', 67);
    ids.delete(all[65] ?? 0);
    turnstile.leave(flow);
    expect(sent.slice(64)).toEqual(['a65', 'a67']);
  });

  it('says when a command goes out', () => {
    const { ask, answer, turnstile, ids } = setUp();
    const flow = new Flow();
    const [first = 0] = ask(flow, 'a', 64);
    const told: string[] = [];
    ids.set(1000, 'b');
    turnstile.pass(flow, { id: 1000, text: 'b', of: { wentOut: () => void told.push('b is out') } });
    expect(told).toEqual([]);
    answer(first);
    expect(told).toEqual(['b is out']);
  });

  it('skips what is not waited for any more, and keeps nothing of it', () => {
    const { ask, answer, ids, sent, turnstile, wait } = setUp();
    const flow = new Flow();
    const all = ask(flow, 'a', 70);
    for (const id of all.slice(64, 69)) ids.delete(id);
    for (const id of all.slice(0, 10)) answer(id);
    expect(sent.slice(64)).toEqual(['a70']);
    wait(100);
    turnstile.retire();
    expect(flow.young).toBe(0);
  });

  it('every command goes out once, in its client’s order, whatever is answered when', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({
          do: fc.constant('ask' as const),
          who: fc.nat(4),
          count: fc.integer({ min: 1, max: 40 }),
        }),
        fc.record({ do: fc.constant('answer' as const), nth: fc.nat(50) }),
        fc.record({ do: fc.constant('wait' as const), ms: fc.nat(150) }),
      ),
    );
    fc.assert(
      fc.property(steps, (all) => {
        const { ask, answer, wait, sent, ids } = setUp();
        const flows = Array.from({ length: 5 }, () => new Flow());
        const asked: string[][] = flows.map(() => []);
        for (const step of all) {
          if (step.do === 'ask') {
            const name = `${step.who}:${asked[step.who]?.length ?? 0}:`;
            for (const id of ask(flows[step.who] ?? new Flow(), name, step.count)) {
              asked[step.who]?.push(ids.get(id) ?? '');
            }
          } else if (step.do === 'answer') {
            const id = [...ids].find(([, name]) => sent.includes(name))?.[0];
            if (id !== undefined) answer(id);
          } else wait(step.ms);
        }
        for (let n = 0; n < 100; n += 1) wait(100);
        asked.forEach((names, who) => {
          expect(sent.filter((name) => name.startsWith(`${who}:`))).toEqual(names);
        });
      }),
    );
  });
});
