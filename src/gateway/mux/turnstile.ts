import type { Clock } from '../../shared/clock.ts';

/** What the browser may have before it at once, of all clients and of each. */
const LIMITS = {
  /** Commands of all clients, beyond which each waits for its turn: enough to keep the browser busy. */
  window: 64,
  /** Commands that each client has before the browser whatever the others do. */
  each: 4,
  /** Milliseconds after which an unanswered command counts no more: it waits for something else than its turn. */
  age: 100,
} as const;

/** One command on its way. */
export interface Passing {
  id: number;
  text: string;
  /** Told right before it goes out, and when it has; `at` is monotonic. */
  of: { goesOut?(at: number): void; wentOut?(): void };
}

/** One client's way to the browser. */
export class Flow {
  /** Its commands that count. */
  young = 0;
  /** Nothing of it goes out. */
  held = false;
  readonly queue: Passing[] = [];
}

export interface TurnstileOptions {
  clock: Clock;
  send(text: string): void;
  /** False where nobody waits for this id any more. */
  awaited(id: number): boolean;
  /** Calls `then` once, that many milliseconds later. */
  later(ms: number, then: () => void): void;
}

/**
 * Lets commands through to the browser, in the order of each client's own, and of several clients in turn where more
 * want to than the browser can work on. Chrome serves one connection's commands as they come: a client that sends
 * hundreds at once would have everybody else's next command wait behind them all.
 */
export class Turnstile {
  readonly #options: TurnstileOptions;
  /** The commands that count, by id, the oldest first. */
  readonly #young = new Map<number, { flow: Flow; at: number }>();
  /** Those with commands that wait, whose turn it is first. */
  readonly #turns = new Set<Flow>();
  /** Those that are held: none of them has a turn. */
  readonly #held = new Set<Flow>();
  #waking = false;

  constructor(options: TurnstileOptions) {
    this.#options = options;
  }

  /** Sends a command, or has it wait for its turn. */
  pass(flow: Flow, command: Passing): void {
    if (flow.held) {
      flow.queue.push(command);
      return;
    }
    if (!this.#free(flow)) this.retire();
    if (flow.queue.length === 0 && this.#free(flow)) {
      this.#send(flow, command);
      return;
    }
    flow.queue.push(command);
    this.#turns.add(flow);
    this.#wake();
  }

  /** A command was answered, or nobody waits for it any more. */
  done(id: number): void {
    const entry = this.#young.get(id);
    if (!entry) return;
    this.#young.delete(id);
    entry.flow.young -= 1;
    if (this.#turns.size > 0) this.#turn();
  }

  /** What this client has not sent yet stays here, in order, until {@link release}. */
  hold(flow: Flow): void {
    flow.held = true;
    this.#held.add(flow);
    this.#turns.delete(flow);
  }

  release(flow: Flow): void {
    if (!this.#held.delete(flow)) return;
    flow.held = false;
    if (flow.queue.length === 0) return;
    this.#turns.add(flow);
    this.retire();
    this.#turn();
    if (this.#turns.size > 0) this.#wake();
  }

  /**
   * Its client is about to leave: what it sent before that goes out now, as on a connection of its own; what is held
   * never does. Returns the ids of that.
   */
  leave(flow: Flow): number[] {
    this.#turns.delete(flow);
    const commands = flow.queue.splice(0);
    if (this.#held.delete(flow)) return commands.map(({ id }) => id);
    for (const command of commands) {
      if (this.#options.awaited(command.id)) this.#send(flow, command);
    }
    return [];
  }

  clear(): void {
    for (const flow of [...this.#turns, ...this.#held]) flow.queue.length = 0;
    for (const { flow } of this.#young.values()) flow.young = 0;
    this.#turns.clear();
    this.#young.clear();
  }

  #free(flow: Flow): boolean {
    return flow.young < LIMITS.each || this.#young.size < LIMITS.window;
  }

  #send(flow: Flow, { id, text, of }: Passing): void {
    const at = this.#options.clock.now();
    this.#young.set(id, { flow, at });
    flow.young += 1;
    of.goesOut?.(at);
    this.#options.send(text);
    of.wentOut?.();
  }

  /** One command of each that waits, and again, as far as there is room. */
  #turn(): void {
    for (let sent = true; sent; ) {
      sent = false;
      for (const flow of [...this.#turns]) {
        const next = this.#free(flow) ? flow.queue.shift() : undefined;
        if (!next) continue;
        // Behind the others from here on.
        this.#turns.delete(flow);
        if (flow.queue.length > 0) this.#turns.add(flow);
        // Its client may have left, or its session ended.
        if (this.#options.awaited(next.id)) this.#send(flow, next);
        sent = true;
      }
    }
  }

  /** While commands wait, those that have become old make room. */
  #wake(): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#options.later(LIMITS.age, () => {
      this.#waking = false;
      this.retire();
      this.#turn();
      if (this.#turns.size > 0) this.#wake();
    });
  }

  /** To be called about once a second as well: what is never answered must not be kept. */
  retire(): void {
    const until = this.#options.clock.now() - LIMITS.age;
    for (const [id, { flow, at }] of this.#young) {
      if (at > until) return;
      this.#young.delete(id);
      flow.young -= 1;
    }
  }
}
