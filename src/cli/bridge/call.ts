import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../shared/errors.ts';
import { type Answer, Cut, Unreachable } from './http.ts';
import type { Link } from './link.ts';
import { answerTo, asLine, errorLine, type Request } from './messages.ts';
import type { Output } from './output.ts';
import { asRpcError, lost, refused } from './refusals.ts';

const PAUSE = { first: 100, longest: 5000 } as const;
/** How often a stream is asked for again that brings nothing new. */
const MAX_FRUITLESS = 20;

export interface CallOptions {
  link: Link;
  out: Output;
  signal: AbortSignal;
  /** The hub has it: what the client sent next may go. */
  onTaken(): void;
  /** It was answered with this result, on an answer with this `Mcp-Session-Id`; before the client hears of it. */
  onResult?(result: unknown, session: string | undefined): void;
}

/**
 * One request of the client's, to its answer: what comes is written as it comes, a stream that breaks off is gone on with
 * where it broke off, and a failure becomes the answer. Never throws; when the signal is aborted it ends without a word.
 */
export async function call(request: Request, options: CallOptions): Promise<void> {
  try {
    await new Call(request, options).run();
  } catch (error) {
    if (options.signal.aborted) return;
    await options.out.write(errorLine(request.id, asRpcError(error)));
  }
}

class Call {
  readonly #request: Request;
  readonly #options: CallOptions;
  readonly #repeatable: boolean;
  /** The last event that came with an id: where to go on. */
  #cursor: string | null = null;
  /** What the server wants to be left alone for before the stream is asked for again, in milliseconds. */
  #retry: number | null = null;
  #events = 0;

  constructor(request: Request, options: CallOptions) {
    this.#request = request;
    this.#options = options;
    this.#repeatable = options.link.session.isRepeatable(request);
  }

  async run(): Promise<void> {
    for (let sent = 0; ; sent++) {
      const why = await this.#send();
      if (why === null) return;
      if (!this.#repeatable || sent > 2) throw lost(why);
    }
  }

  /** Null when it is answered, else why it will not be. */
  async #send(): Promise<string | null> {
    const { link, signal, onTaken } = this.#options;
    const { line } = this.#request;
    this.#cursor = null;
    const posted = await link.post({ line, signal, repeatable: this.#repeatable, start: true });
    onTaken();
    if (posted.status !== 200) throw refused(posted.status, await posted.words());
    let answer: Answer | null = posted;
    for (let fruitless = 0; fruitless < MAX_FRUITLESS; fruitless++) {
      const before = this.#events;
      if (answer && (await this.#read(answer))) return null;
      if (this.#events > before) fruitless = 0;
      signal.throwIfAborted();
      if (this.#cursor === null) return 'its connection broke off';
      const next = await this.#resume(this.#cursor, fruitless);
      if (typeof next === 'string') return next;
      answer = next;
    }
    return 'its connection does not come back';
  }

  /** True once the answer has come and was written. */
  async #read(answer: Answer): Promise<boolean> {
    const { out, signal, onResult } = this.#options;
    try {
      for await (const { id, data, retry } of answer.events()) {
        if (signal.aborted) return false;
        if (id !== null) this.#cursor = id;
        if (retry !== null) this.#retry = retry;
        this.#events += 1;
        if (data === '') continue;
        const found = answerTo(this.#request.id, data);
        if (found && 'result' in found) {
          const session = answer.headers['mcp-session-id'];
          onResult?.(found.result, Array.isArray(session) ? session[0] : session);
        }
        await out.write(asLine(data));
        if (found) return true;
      }
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
    }
    return false;
  }

  /** The stream after that event; null where there may be one later, else in words why there will be none. */
  async #resume(cursor: string, tries: number): Promise<Answer | string | null> {
    const { link, signal } = this.#options;
    const pause = Math.min(PAUSE.first * 2 ** tries, PAUSE.longest);
    await sleep(this.#retry ?? pause, undefined, { signal });
    let answer: Answer;
    try {
      answer = await link.get(cursor, signal);
    } catch (error) {
      if (error instanceof Unreachable || error instanceof Cut) return null;
      if (error instanceof HubError) return error.message;
      throw error;
    }
    if (answer.status === 200) return answer;
    await answer.words();
    // The server has not yet seen that the stream before is gone, or is stopping.
    if (answer.status === 409 || answer.status === 503 || answer.status === 429) return null;
    return answer.status === 404 ? 'its session ended' : 'it no longer knows of the call';
  }
}
