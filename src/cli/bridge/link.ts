import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Cut, type Http, Unreachable } from './http.ts';
import type { Hub } from './hub.ts';
import { answerTo, type Id } from './messages.ts';
import { isPassing, lost, refused, renewed, unreachable } from './refusals.ts';
import type { Session } from './session.ts';

/** How long a hub that ran may take to be there again: a gateway needs a second, the end of a hub up to twenty. */
const BACK_MS = 30_000;
const TRIES = { first: 50, longest: 1000 } as const;
/** Sessions that are made for one request: one that ends at once will not last the next time. */
const MAX_SESSIONS = 3;

export interface LinkOptions {
  hub: Hub;
  http: Http;
  session: Session;
  /** What the hub wants to see, if it wants any. */
  token(): string | null;
  /** A new session has taken the place of one that the hub no longer had. */
  onRenewed(): void;
}

export interface Sending {
  line: string;
  /** It may be sent again where it is not known whether it was served, and in a session that is not the one it was for. */
  repeatable: boolean;
  signal: AbortSignal;
  /** A hub is started for it where none runs. */
  start: boolean;
}

/** The way to the hub: finds it, comes back to it, and makes the session anew where the hub no longer has it. */
export class Link {
  readonly #options: LinkOptions;
  #renewing: Promise<void> | null = null;
  /** There was an answer before: a hub that does not answer now is expected back. */
  #reached = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get session(): Session {
    return this.#options.session;
  }

  /** The answer to a message. Throws CallError, HubError, or the signal's reason. */
  async post(sending: Sending): Promise<Answer> {
    const { session } = this.#options;
    for (let sessions = 0; ; sessions++) {
      const { number, id } = session;
      const answer = await this.#ask('POST', sending, session.headers);
      if (answer.status !== 404 || id === null || sessions === MAX_SESSIONS) return answer;
      // It was refused, so it did not run.
      await answer.words();
      await this.#renew(number, sending);
      if (!sending.repeatable) throw renewed();
    }
  }

  /** The server's own stream, or one that broke off, after the event of this id. */
  async get(after: string | null, signal: AbortSignal): Promise<Answer> {
    const headers = {
      ...this.#options.session.headers,
      ...(after !== null && { 'last-event-id': after }),
    };
    return this.#once('GET', { start: false, signal }, headers);
  }

  /** Ends the session, if the hub is there to be told. */
  async end(signal: AbortSignal): Promise<void> {
    const { session } = this.#options;
    if (session.id === null) return;
    const answer = await this.#once('DELETE', { start: false, signal }, session.headers);
    answer.drop();
  }

  /** Tries until somebody has taken it, as long as a hub may need to come back. */
  async #ask(method: 'POST', sending: Sending, headers: Record<string, string>): Promise<Answer> {
    const end = performance.now() + (this.#reached || this.#options.hub.supervised ? BACK_MS : 0);
    for (let pause: number = TRIES.first; ; pause = Math.min(2 * pause, TRIES.longest)) {
      try {
        const answer = await this.#once(method, sending, headers);
        if (answer.status !== 429 && answer.status !== 503) return answer;
        const words = await answer.words();
        if (!isPassing(answer.status, words) || performance.now() > end) throw refused(answer.status, words);
        this.#options.hub.forget();
      } catch (error) {
        if (error instanceof Cut && !sending.repeatable) throw lost(error.message);
        if (!(error instanceof Cut || error instanceof Unreachable)) throw error;
        if (performance.now() > end) throw unreachable(error.message);
      }
      await sleep(pause, undefined, { signal: sending.signal });
    }
  }

  async #once(
    method: 'POST' | 'GET' | 'DELETE',
    { start, signal, line }: Pick<Sending, 'start' | 'signal'> & { line?: string },
    headers: Record<string, string>,
  ): Promise<Answer> {
    const { hub, http } = this.#options;
    const token = this.#options.token();
    const url = await hub.find(start, signal);
    try {
      const answer = await http.ask({
        method,
        url,
        signal,
        headers: {
          accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
          ...(token !== null && { authorization: `Bearer ${token}` }),
          ...headers,
          ...(line !== undefined && {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(line)),
          }),
        },
        ...(line !== undefined && { body: line }),
      });
      this.#reached = true;
      return answer;
    } catch (error) {
      if (error instanceof Unreachable || error instanceof Cut) hub.forget();
      throw error;
    }
  }

  /** Makes a session in the place of that number, unless somebody has done so meanwhile. */
  async #renew(number: number, sending: Sending): Promise<void> {
    if (this.#options.session.number !== number) return;
    this.#renewing ??= this.#initialize(sending).finally(() => {
      this.#renewing = null;
    });
    await this.#renewing;
  }

  async #initialize(sending: Sending): Promise<void> {
    const { session, onRenewed } = this.#options;
    const { initialize } = session;
    if (!initialize) return;
    // One call's end must not end it for the others that wait for it.
    const signal = AbortSignal.timeout(BACK_MS);
    const ask = (line: string, headers: Record<string, string>) =>
      this.#ask('POST', { ...sending, line, signal, repeatable: true }, headers);
    const answer = await ask(initialize.line, {});
    const { result, text } = await readAnswer(answer, initialize.id);
    if (result === undefined) throw refused(answer.status, text);
    const id = answer.headers['mcp-session-id'];
    session.began({ params: undefined }, result, Array.isArray(id) ? id[0] : id);
    for (const line of session.sequel) await (await ask(line, session.headers)).words();
    onRenewed();
  }
}

/** The result that an answer brings, and the text that it came in; undefined where it brings none. */
async function readAnswer(answer: Answer, id: Id): Promise<{ result: unknown; text: string }> {
  if (answer.status !== 200) return { result: undefined, text: await answer.words() };
  let last = '';
  for await (const { data } of answer.events()) {
    last = data;
    const found = answerTo(id, data);
    if (found) return { result: found.result, text: data };
  }
  return { result: undefined, text: last };
}
