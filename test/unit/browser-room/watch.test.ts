import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  answered,
  type Health,
  missed,
  WATCH_TIMING,
  type WatchTiming,
  watch,
} from '../../../src/supervisor/browser/watch.ts';

const timing: WatchTiming = { intervalMs: 5000, deadlineMs: 5000, misses: 3 };

describe('the verdict on a browser', () => {
  const well: Health = { lastAnswer: 1000, missed: 0 };

  it('is hung at the third miss in a row', () => {
    const verdicts: string[] = [];
    let health = well;
    for (let i = 0; i < 3; i++) {
      const judged = missed(health, 2, timing);
      health = judged.health;
      verdicts.push(judged.verdict);
    }
    expect(verdicts).toEqual(['silent', 'silent', 'hung']);
    expect(health.lastAnswer).toBe(1000);
  });

  it('starts anew after any answer, however late', () => {
    const silent = missed(missed(well, 0, timing).health, 0, timing).health;
    expect(answered(silent, 11_000)).toEqual({
      health: { lastAnswer: 11_000, missed: 0 },
      verdict: 'recovered',
    });
    expect(answered(well, 2000).verdict).toBe('fine');
  });

  it('holds nothing against it when this process stood still itself', () => {
    expect(missed(well, timing.deadlineMs + 1, timing)).toEqual({ health: well, verdict: 'fine' });
  });

  it('takes at least 15 s of silence by default', () => {
    expect(WATCH_TIMING.deadlineMs * WATCH_TIMING.misses).toBeGreaterThanOrEqual(15_000);
    expect(WATCH_TIMING.intervalMs).toBeLessThanOrEqual(5000);
  });
});

describe('watch', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** Each wait ends a turn of the loop later, which takes the fake clock a millisecond. */
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms + 10);

  /** A browser whose answers the test gives, and what was heard of it. */
  function patient() {
    const abort = new AbortController();
    const questions: PromiseWithResolvers<void>[] = [];
    const heard: string[] = [];
    const hooks = {
      ask: () => {
        const question = Promise.withResolvers<void>();
        questions.push(question);
        return question.promise;
      },
      onHealth: (h: { answering: boolean; silentMs: number }) =>
        heard.push(h.answering ? 'answers' : `${Math.floor(h.silentMs / 1000)} s`),
      onHung: () => heard.push('hung'),
      signal: abort.signal,
    };
    const clock = { now: () => Date.now(), wall: () => Date.now() };
    return { abort, questions, heard, done: watch(hooks, timing, clock) };
  }

  it('asks every 5 s while it is answered, and says nothing', async () => {
    const { abort, questions, heard, done } = patient();
    for (let i = 1; i <= 4; i++) {
      await pass(5000);
      expect(questions).toHaveLength(i);
      questions[i - 1]?.resolve();
      await pass(0);
    }
    abort.abort();
    await done;
    expect(heard).toEqual([]);
  });

  it('tells of each miss and ends at the third, 20 s after the last answer', async () => {
    const { heard, done } = patient();
    await pass(20_000);
    await done;
    expect(heard).toEqual(['10 s', '15 s', '20 s', 'hung']);
  });

  it('takes the answer to an earlier question for a sign of life', async () => {
    const { abort, questions, heard, done } = patient();
    await pass(17_000);
    expect(questions).toHaveLength(3);
    questions[0]?.resolve();
    await pass(0);
    expect(heard).toEqual(['10 s', '15 s', 'answers']);
    abort.abort();
    await done;
  });

  it('takes a pipe that broke for silence, without asking in a rush', async () => {
    const { abort, questions, heard, done } = patient();
    await pass(5000);
    questions[0]?.reject(new Error('EPIPE'));
    await pass(4900);
    expect(questions).toHaveLength(1);
    await pass(100);
    expect(heard).toEqual(['10 s']);
    abort.abort();
    await done;
  });

  it('stops at once when it is told to', async () => {
    const { abort, questions, heard, done } = patient();
    abort.abort();
    await done;
    expect(questions).toEqual([]);
    expect(heard).toEqual([]);
  });
});
