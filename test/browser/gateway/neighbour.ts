import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Frame, RawClient } from './raw-client.ts';

/** Between two commands of a quiet client, milliseconds. */
const PAUSE = 5;

/** A tab of its own, made in its workspace; resolves with the session on it. */
export async function openPage(client: RawClient, url = 'about:blank'): Promise<string> {
  const { result } = await client.call('Target.createTarget', { url });
  const attached = await client.call('Target.attachToTarget', { targetId: result.targetId, flatten: true });
  return attached.result.sessionId;
}

/** A quiet client that works on a page of its own, one command after the other, whatever goes on beside it. */
export class Neighbour implements AsyncDisposable {
  readonly #client: RawClient;
  /** On its page: nobody else’s to use. */
  readonly session: string;
  readonly #work: Promise<void>;
  /** How many answers it has had. */
  answered = 0;
  #over = false;
  #wanted: { until: number; resolve: () => void } | null = null;

  private constructor(client: RawClient, session: string) {
    this.#client = client;
    this.session = session;
    this.#work = this.#live();
    // Told by `answers` and at the end.
    this.#work.catch(() => {});
  }

  static async beside(url: string): Promise<Neighbour> {
    const client = await RawClient.connect(url);
    return new Neighbour(client, await openPage(client));
  }

  /** Resolves when it has had so many further answers, each the right one. */
  async answers(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = { until: this.answered + count, resolve };
    await Promise.race([promise, this.#work]);
  }

  async #live(): Promise<void> {
    for (let n = 1; !this.#over; n += 1) {
      const answer = await this.#ask(n);
      expect(answer).toEqual({
        id: n,
        result: { result: { type: 'number', value: n, description: String(n) } },
        sessionId: this.session,
      });
      this.answered = n;
      if (n === this.#wanted?.until) this.#wanted.resolve();
      await pause(PAUSE);
    }
  }

  async #ask(n: number): Promise<Frame> {
    this.#client.frames.length = 0;
    const params = { expression: String(n) };
    this.#client.say({ id: n, method: 'Runtime.evaluate', params, sessionId: this.session });
    return this.#client.heard(() => true);
  }

  /** Rejects where an answer was not the one that it asked for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#work;
    await this.#client[Symbol.asyncDispose]();
  }
}

/** Resident memory of a process, MB. */
export function residentMb(pid: number): number {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}
