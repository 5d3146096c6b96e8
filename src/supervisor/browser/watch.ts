import { type Clock, systemClock } from '../../shared/clock.ts';

/** When a browser counts as hung. Milliseconds. */
export interface WatchTiming {
  /** From an answer to the next question. */
  intervalMs: number;
  /** How long one question waits. */
  deadlineMs: number;
  /** Unanswered questions in a row that make a browser hung. */
  misses: number;
}

/** Three questions of 5 s: a browser stopped for less than that is never restarted. */
export const WATCH_TIMING: WatchTiming = { intervalMs: 5000, deadlineMs: 5000, misses: 3 };

/** What is known of a browser's health. `lastAnswer` is on the monotonic clock. */
export interface Health {
  lastAnswer: number;
  missed: number;
}

export type Verdict = 'fine' | 'recovered' | 'silent' | 'hung';

export interface Judged {
  health: Health;
  verdict: Verdict;
}

/** An answer came, however late: the browser runs. */
export function answered(health: Health, now: number): Judged {
  return { health: { lastAnswer: now, missed: 0 }, verdict: health.missed > 0 ? 'recovered' : 'fine' };
}

/**
 * A question's deadline passed without an answer. `lateMs`: how much later than due we noticed. Where that is
 * longer than a deadline, it was this process that stood still (suspend, debugger), and nothing is held
 * against the browser.
 */
export function missed(health: Health, lateMs: number, timing: WatchTiming): Judged {
  if (lateMs > timing.deadlineMs) return { health, verdict: 'fine' };
  const next = { ...health, missed: health.missed + 1 };
  return { health: next, verdict: next.missed >= timing.misses ? 'hung' : 'silent' };
}

export interface WatchHooks {
  ask(): Promise<unknown>;
  onHealth(h: { answering: boolean; silentMs: number }): void;
  onHung(silentMs: number): void;
  signal: AbortSignal;
}

/** Asks until the signal aborts or the browser is hung. Never rejects. */
export async function watch(
  hooks: WatchHooks,
  timing: WatchTiming = WATCH_TIMING,
  clock: Clock = systemClock,
): Promise<void> {
  let health: Health = { lastAnswer: clock.now(), missed: 0 };
  const onAnswer = () => {
    if (hooks.signal.aborted) return;
    const judged = answered(health, clock.now());
    health = judged.health;
    if (judged.verdict === 'recovered') hooks.onHealth({ answering: true, silentMs: 0 });
  };

  while (!hooks.signal.aborted) {
    if (health.missed === 0) await timed(timing.intervalMs, hooks.signal);
    if (hooks.signal.aborted) return;

    const asked = clock.now();
    const before = health.lastAnswer;
    await answerOrDeadline(hooks, timing.deadlineMs, onAnswer);
    if (hooks.signal.aborted) return;
    if (health.lastAnswer !== before) continue;

    const now = clock.now();
    const judged = missed(health, now - asked - timing.deadlineMs, timing);
    health = judged.health;
    if (judged.verdict === 'fine') continue;
    const silentMs = Math.round(now - health.lastAnswer);
    hooks.onHealth({ answering: false, silentMs });
    if (judged.verdict === 'hung') return hooks.onHung(silentMs);
  }
}

/** Resolves at the first answer to this question, at its deadline, or on abort. */
function answerOrDeadline(hooks: WatchHooks, deadlineMs: number, onAnswer: () => void): Promise<void> {
  return timed(deadlineMs, hooks.signal, (finish) => {
    hooks.ask().then(
      () => {
        onAnswer();
        finish();
      },
      // A closed pipe answers nothing: the deadline runs out, and the exit that follows is seen elsewhere.
      () => {},
    );
  });
}

/** Resolves after `ms`, on abort, or when `run` calls what it is given. */
function timed(ms: number, signal: AbortSignal, run: (finish: () => void) => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    // Timers run before sockets in a turn of the loop: what lies ready to be read at the deadline counts.
    const timer = setTimeout(() => setImmediate(finish), ms);
    signal.addEventListener('abort', finish);
    run(finish);
  });
}
