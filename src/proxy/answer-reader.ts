import { BodyReader } from './http-body.ts';
import { type AnswerHead, HeadCollector, parseAnswerHead, spliceHead } from './http-head.ts';
import { MAX_COLLECTED, type Rename, renameBrowser } from './json-answer.ts';

/** What is known of the request that the next answer belongs to. */
export interface Expected {
  method: string;
  /** The caller's address for the answer's URLs; null where the answer passes as it is. */
  rename: Rename | null;
}

export interface AnswerStep {
  /** Bytes for the client. */
  out: Buffer[];
  rest: Buffer;
  /** `done`: the expected answer is complete. `switch`: 101, what follows is no HTTP. */
  event: 'none' | 'done' | 'switch';
  /** The final status, with the step that read its head. */
  status: number | null;
}

type State =
  | { kind: 'head' }
  /** Behind a HEAD answer of this length: Chrome sends the body all the same (HTTP forbids it). */
  | { kind: 'after-head'; length: number; seen: Buffer }
  /** `counted`: its answer was already reported as done. */
  | { kind: 'body'; body: BodyReader; counted: boolean }
  | { kind: 'collect'; head: Buffer; answer: AnswerHead; parts: Buffer[]; left: number; rename: Rename }
  /** Nothing that can be followed: everything passes until the connection ends. */
  | { kind: 'through' };

const EMPTY = Buffer.alloc(0);
const HTTP = Buffer.from('HTTP/1.');

/** Follows the answers of one keep-alive connection, so that each is known by the request it belongs to. */
export class AnswerReader {
  readonly #collector = new HeadCollector();
  #state: State = { kind: 'head' };

  /** No part of an unfinished answer has gone to the client. */
  get untouched(): boolean {
    return this.#state.kind === 'head' || this.#state.kind === 'collect' || this.#state.kind === 'after-head';
  }

  step(chunk: Buffer, expected: Expected | undefined): AnswerStep {
    switch (this.#state.kind) {
      case 'head':
        return this.#stepHead(chunk, expected);
      case 'after-head':
        return this.#stepAfterHead(chunk, this.#state);
      case 'body':
        return this.#stepBody(chunk, this.#state);
      case 'collect':
        return this.#stepCollect(chunk, this.#state);
      case 'through':
        return step({ out: [chunk] });
    }
  }

  /** What was held back when the connection ended between two answers: it passes as it came. */
  flush(): Buffer {
    return this.#state.kind === 'after-head' ? this.#state.seen : this.#collector.take();
  }

  #stepHead(chunk: Buffer, expected: Expected | undefined): AnswerStep {
    const found = this.#collector.push(chunk);
    if (found === null) return step();
    const answer = found === 'too-large' || !expected ? null : parseAnswerHead(found.head);
    if (found !== 'too-large' && answer && expected) return this.#begin(answer, found, expected);
    this.#state = { kind: 'through' };
    return step({ out: found === 'too-large' ? [this.#collector.take()] : [found.head, found.rest] });
  }

  #begin(answer: AnswerHead, found: { head: Buffer; rest: Buffer }, expected: Expected): AnswerStep {
    const { status, body: framing } = answer;
    const { head, rest } = found;
    if (status === 101) return step({ out: [head], rest, event: 'switch', status });
    if (status < 200) return step({ out: [head], rest });
    if (status === 204 || status === 304) return step({ out: [head], rest, event: 'done', status });
    if (expected.method === 'HEAD') {
      const length = framing.kind === 'length' ? framing.length : 0;
      if (length > 0) this.#state = { kind: 'after-head', length, seen: EMPTY };
      return step({ out: [head], rest, event: 'done', status });
    }
    const { rename } = expected;
    if (rename && framing.kind === 'length' && framing.length > 0 && framing.length <= MAX_COLLECTED) {
      this.#state = { kind: 'collect', head, answer, parts: [], left: framing.length, rename };
      return step({ rest, status });
    }
    const body = new BodyReader(framing);
    if (!body.done) this.#state = { kind: 'body', body, counted: false };
    return step({ out: [head], rest, event: body.done ? 'done' : 'none', status });
  }

  #stepAfterHead(chunk: Buffer, state: { length: number; seen: Buffer }): AnswerStep {
    const seen = Buffer.concat([state.seen, chunk]);
    const compared = Math.min(seen.length, HTTP.length);
    if (!seen.subarray(0, compared).equals(HTTP.subarray(0, compared))) {
      const body = new BodyReader({ kind: 'length', length: state.length });
      this.#state = { kind: 'body', body, counted: true };
      return step({ rest: seen });
    }
    const isNext = compared === HTTP.length;
    this.#state = isNext ? { kind: 'head' } : { kind: 'after-head', length: state.length, seen };
    return step({ rest: isNext ? seen : EMPTY });
  }

  #stepBody(chunk: Buffer, { body, counted }: { body: BodyReader; counted: boolean }): AnswerStep {
    const taken = body.take(chunk);
    if (taken === 'bad') {
      this.#state = { kind: 'through' };
      return step({ out: [chunk] });
    }
    if (body.done) this.#state = { kind: 'head' };
    return step({
      out: [chunk.subarray(0, taken)],
      rest: chunk.subarray(taken),
      event: body.done && !counted ? 'done' : 'none',
    });
  }

  #stepCollect(chunk: Buffer, state: Extract<State, { kind: 'collect' }>): AnswerStep {
    const part = chunk.subarray(0, state.left);
    state.parts.push(part);
    state.left -= part.length;
    if (state.left > 0) return step();
    this.#state = { kind: 'head' };
    const body = renameBrowser(Buffer.concat(state.parts), state.rename);
    const span = state.answer.lengthSpan;
    const head = span
      ? spliceHead(state.head, span.start, span.end - span.start, String(body.length))
      : state.head;
    return step({ out: [head, body], rest: chunk.subarray(part.length), event: 'done' });
  }
}

function step(given: Partial<AnswerStep> = {}): AnswerStep {
  return { out: [], rest: EMPTY, event: 'none', status: null, ...given };
}
