import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './call.ts';
import { type Line, MAX_LINE } from './lines.ts';
import type { Link } from './link.ts';
import type { Listener } from './listener.ts';
import {
  CODE,
  errorLine,
  type Id,
  isId,
  isObject,
  type Message,
  type Notification,
  type Request,
  type Response,
  readMessages,
} from './messages.ts';
import type { Output } from './output.ts';

/** Requests that are with the hub at once; the hub itself takes 256 of one client. */
const MAX_IN_FLIGHT = 64;
/** What may wait here, in messages and characters, before the client is not read any more. */
const MAX_WAITING = { messages: 256, characters: 16 * 1024 * 1024 } as const;
/**
 * The longest that a message waits for the one before it to be taken by the hub. They go over connections of their own,
 * which may overtake each other; a server that answers with JSON tells only with its answer that it has a request.
 */
const ORDER_MS = 25;
/** The longest that a cancelled call lives on to be cancelled at the hub, too. */
const CANCEL_MS = 2000;

/**
 * What comes from the client, in its order: `initialize` alone, until it is answered; each other request once the one
 * before it was taken, without waiting for its answer; answers and cancellations at once.
 */
export class Bridge {
  readonly #link: Link;
  readonly #listener: Listener;
  readonly #out: Output;
  readonly #say: (text: string) => void;
  readonly #waiting: (Request | Notification)[] = [];
  #characters = 0;
  readonly #calls = new Map<Id, { end: AbortController; done: Promise<void> }>();
  #pumping: Promise<void> | null = null;
  /** The client has said that it is ready to hear. */
  #listening = false;
  /** Everything that waits for room, here or among the calls. */
  #room = Promise.withResolvers<void>();
  readonly #end = new AbortController();

  constructor({ link, listener, out, say }: BridgeOptions) {
    this.#link = link;
    this.#listener = listener;
    this.#out = out;
    this.#say = say;
  }

  /** Resolves when the next line may be read. */
  async accept(line: Line): Promise<void> {
    if (line.bytes > MAX_LINE) await this.#out.write(tooLong(line));
    else {
      for (const message of readMessages(line.text ?? '')) {
        if (message.kind === 'unreadable') await this.#out.write(message.answer);
        else this.#take(message);
      }
    }
    const { messages, characters } = MAX_WAITING;
    while (this.#waiting.length > messages || this.#characters > characters) await this.#room.promise;
    await this.#out.drained();
  }

  /** Waits for what is under way and what waits, for so many milliseconds. */
  async settle(ms: number): Promise<void> {
    const late = new AbortController();
    const all = async () => {
      while (this.#pumping || this.#calls.size > 0) {
        await this.#pumping;
        await Promise.all([...this.#calls.values()].map(({ done }) => done));
      }
    };
    await Promise.race([all(), sleep(ms, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
  }

  /** Ends what is still under way without a word. */
  close(): void {
    this.#end.abort();
    this.#makeRoom();
    for (const { end } of this.#calls.values()) end.abort();
    this.#listener.close();
  }

  #take(message: Message): void {
    if (message.kind === 'response') {
      void this.#notify(message);
    } else if (message.kind === 'notification' && message.method === 'notifications/cancelled') {
      void this.#cancel(message);
    } else {
      this.#waiting.push(message);
      this.#characters += message.line.length;
      this.#pumping ??= this.#pump().finally(() => {
        this.#pumping = null;
      });
    }
  }

  async #pump(): Promise<void> {
    for (let message = await this.#next(); message; message = await this.#next()) {
      if (message.kind === 'notification') {
        const told = this.#notify(message);
        if (message.method !== 'notifications/initialized') await within(ORDER_MS, told);
        else if (await told) {
          this.#listening = true;
          this.#listener.start();
        }
        continue;
      }
      const { taken, done } = this.#call(message);
      if (message.method === 'initialize') await done;
      else await within(ORDER_MS, Promise.race([taken, done]));
    }
  }

  /** The next one that there is room for. Until then it waits with the others, where it can be cancelled. */
  async #next(): Promise<Request | Notification | undefined> {
    while (this.#waiting[0]?.kind === 'request' && this.#calls.size >= MAX_IN_FLIGHT)
      await this.#room.promise;
    const message = this.#end.signal.aborted ? undefined : this.#waiting.shift();
    if (message) this.#characters -= message.line.length;
    this.#makeRoom();
    return message;
  }

  #call(request: Request): { taken: Promise<void>; done: Promise<void> } {
    const { session } = this.#link;
    const first = request.method === 'initialize';
    const end = new AbortController();
    const taken = Promise.withResolvers<void>();
    if (first) this.#restart();
    const done = call(request, {
      link: this.#link,
      out: this.#out,
      signal: end.signal,
      onTaken: () => {
        taken.resolve();
        if (this.#listening) this.#listener.nudge();
      },
      onResult: (result, id) => {
        if (first) session.began(request, result, id);
        else session.remember(request, result);
      },
    }).finally(() => {
      if (this.#calls.get(request.id)?.end === end) this.#calls.delete(request.id);
      this.#makeRoom();
    });
    this.#calls.set(request.id, { end, done });
    return { taken: taken.promise, done };
  }

  /** A client that initialises again has begun anew; what it had before is not left behind. */
  #restart(): void {
    const { session } = this.#link;
    if (session.id !== null) void this.#link.end(AbortSignal.timeout(1000)).catch(() => {});
    session.reset();
    this.#listening = false;
  }

  /** True when the hub took it. What cannot be told is said to nobody but the log: there is no answer to it. */
  async #notify(message: Notification | Response, start = true): Promise<boolean> {
    const { signal } = this.#end;
    const method = message.kind === 'notification' ? message.method : 'an answer';
    try {
      const answer = await this.#link.post({ line: message.line, signal, repeatable: true, start });
      const words = await answer.words();
      if (answer.status < 300) return true;
      this.#say(`${method} was refused with ${answer.status}: ${words.slice(0, 300)}`);
    } catch (error) {
      if (!signal.aborted) this.#say(`${method} was not delivered: ${String(error)}`);
    }
    return false;
  }

  async #cancel(message: Notification): Promise<void> {
    const id = isObject(message.params) ? message.params.requestId : null;
    const at = this.#waiting.findIndex((each) => each.kind === 'request' && each.id === id);
    if (at !== -1) {
      // The hub has not heard of it, and need not.
      const [waiting] = this.#waiting.splice(at, 1);
      this.#characters -= waiting?.line.length ?? 0;
      this.#makeRoom();
      return;
    }
    const under = isId(id) ? this.#calls.get(id) : undefined;
    if (!under) return;
    if (this.#link.session.id !== null) await within(CANCEL_MS, this.#notify(message, false));
    // A server sends no answer to what was cancelled, and may leave its stream open.
    under.end.abort();
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }
}

export interface BridgeOptions {
  link: Link;
  listener: Listener;
  out: Output;
  say(text: string): void;
}

async function within(ms: number, what: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = setTimeout(resolve, ms);
  await Promise.race([what, promise]);
  clearTimeout(late);
}

/** Under the id of what was too long, where that can be read; a notification has none, and gets no answer. */
function tooLong({ text, bytes }: Line): string {
  const [message] = text === null ? [] : readMessages(text);
  const id = message && 'id' in message ? message.id : null;
  return errorLine(id, {
    code: CODE.invalid,
    message:
      `this message has ${bytes} bytes, and the hub takes ${MAX_LINE} ` +
      '→ Send less at once; a file is better given by its path or fetched by the page.',
  });
}
