import { badRequest, headTooLarge, type Refusal } from '../shared/refusal.ts';
import { BodyReader } from './http-body.ts';
import { HeadCollector, MAX_HEAD, NO_BODY, parseRequestHead, type RequestHead } from './http-head.ts';

export type RequestStep =
  | { kind: 'head'; head: RequestHead; bytes: Buffer }
  | { kind: 'body'; bytes: Buffer }
  | { kind: 'bad'; refusal: Refusal; inBody: boolean }
  /** All bytes are taken, none completes anything. */
  | { kind: 'more' };

/** Follows the requests of one keep-alive connection, one step at a time so that its user can stop in between. */
export class RequestReader {
  readonly #collector = new HeadCollector();
  #body = new BodyReader(NO_BODY);
  #heads = 0;

  /** Between two requests: nothing of the next one has been seen. */
  get betweenRequests(): boolean {
    return this.#body.done && this.#collector.size === 0;
  }

  get inBody(): boolean {
    return !this.#body.done;
  }

  /** The ordinal of the head of which a part has come; 0 where there is none. */
  get partialHead(): number {
    return this.#collector.size > 0 ? this.#heads + 1 : 0;
  }

  step(chunk: Buffer): { step: RequestStep; rest: Buffer } {
    return this.#body.done ? this.#stepHead(chunk) : this.#stepBody(chunk);
  }

  #stepHead(chunk: Buffer): { step: RequestStep; rest: Buffer } {
    // Empty lines before a request line are allowed (RFC 9112 §2.2); they are dropped.
    let start = 0;
    if (this.#collector.size === 0) while (chunk[start] === 0x0d || chunk[start] === 0x0a) start++;
    if (start === chunk.length) return { step: { kind: 'more' }, rest: chunk.subarray(start) };

    const found = this.#collector.push(chunk.subarray(start));
    if (found === null) return { step: { kind: 'more' }, rest: chunk.subarray(chunk.length) };
    if (found === 'too-large') return bad(headTooLarge(MAX_HEAD), false);
    this.#heads++;
    const head = parseRequestHead(found.head);
    if ('error' in head) return bad(head, false);
    this.#body = new BodyReader(head.body);
    return { step: { kind: 'head', head, bytes: found.head }, rest: found.rest };
  }

  #stepBody(chunk: Buffer): { step: RequestStep; rest: Buffer } {
    const taken = this.#body.take(chunk);
    if (taken === 'bad') return bad(badRequest('the chunked request body is broken'), true);
    return { step: { kind: 'body', bytes: chunk.subarray(0, taken) }, rest: chunk.subarray(taken) };
  }
}

function bad(refusal: Refusal, inBody: boolean): { step: RequestStep; rest: Buffer } {
  return { step: { kind: 'bad', refusal, inBody }, rest: Buffer.alloc(0) };
}
