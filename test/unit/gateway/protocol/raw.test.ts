import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Answer,
  encode,
  encodeAnswer,
  isAnswer,
  plain,
  readdress,
  readMessage,
  withoutSession,
} from '../../../../src/gateway/protocol/envelope.ts';
import { readRaw } from '../../../../src/gateway/protocol/raw.ts';

const S1 = '0123456789ABCDEF0123456789ABCDEF';
const S2 = 'FEDCBA9876543210FEDCBA9876543210';

const bytes = (text: string) => Buffer.from(text);
const text = (frame: Buffer | string) => String(frame);

describe('an answer as bytes', () => {
  const read = (of: string) => readMessage(bytes(of)) as Answer;

  it('gets the client’s id in the place of ours, and nothing else moves', () => {
    const answer = read(`{"id":1000000007,"result":{"data":"\\u00e9 é"},"sessionId":"${S1}"}`);
    expect(text(encode(readdress(answer, 42, S1)))).toBe(
      `{"id":        42,"result":{"data":"\\u00e9 é"},"sessionId":"${S1}"}`,
    );
  });

  it('of an id with more digits than ours', () => {
    const answer = read('{"id":7,"result":{}}');
    expect(text(encode(readdress(answer, -2147483648, undefined)))).toBe('{"id":-2147483648,"result":{}}');
  });

  it('on another session, and on none', () => {
    const frame = `{"id":1000000007,"result":{"a":1},"sessionId":"${S1}"}`;
    expect(text(encode(readdress(read(frame), 1000000001, S2)))).toBe(
      `{"id":1000000001,"result":{"a":1},"sessionId":"${S2}"}`,
    );
    expect(text(encode(readdress(read(frame), 1000000001, undefined)))).toBe(
      '{"id":1000000001,"result":{"a":1}}',
    );
  });

  it('can be read, before it goes on and after', () => {
    const answer = read(`{"id":1000000007,"result":{"targetId":"T"},"sessionId":"${S1}"}`);
    expect(answer.result).toEqual({ targetId: 'T' });
    const sent = readdress(answer, 3, undefined);
    expect(plain(sent)).toEqual({ id: 3, result: { targetId: 'T' } });
    expect((sent as Answer).result).toEqual({ targetId: 'T' });
  });

  it('gets any id that a caller has, also where it was readdressed before, and no session', () => {
    for (const id of [0, -1.5, 1e21, 123456789012, '', 'a', 'ä, "b"}', 'x'.repeat(100)]) {
      const frame = `{"id":1000000007,"result":{"a":[1,{}]},"sessionId":"${S1}"}`;
      const once = readdress(read(frame), 3, S1) as Answer;
      const sent = text(encodeAnswer(once, id));
      expect(JSON.parse(sent)).toEqual({ id, result: { a: [1, {}] } });
      expect(JSON.parse(text(encodeAnswer(read(frame), id)))).toEqual({ id, result: { a: [1, {}] } });
    }
    const error = { code: -32000, message: 'no' };
    expect(encodeAnswer({ id: 1, error, sessionId: S1 }, 'a')).toBe(
      '{"id":"a","error":{"code":-32000,"message":"no"}}',
    );
  });

  it('that is an error is parsed', () => {
    const frame = '{"id":7,"error":{"code":-32000,"message":"no"}}';
    expect(readRaw(bytes(frame))).toBe(null);
    expect(read(frame).error).toEqual({ code: -32000, message: 'no' });
  });
});

describe('an event as bytes', () => {
  it('goes on as it came', () => {
    const frame = `{"method":"Network.dataReceived","params":{"é":[1,{}]},"sessionId":"${S1}"}`;
    const event = readMessage(bytes(frame));
    expect(isAnswer(event)).toBe(false);
    expect(event).toMatchObject({ method: 'Network.dataReceived', sessionId: S1 });
    expect(text(encode(event))).toBe(frame);
  });

  it('or without its session', () => {
    const event = readMessage(bytes(`{"method":"Page.loadEventFired","params":{"t":1},"sessionId":"${S1}"}`));
    if (isAnswer(event)) throw new Error('an event was taken for an answer');
    expect(text(encode(withoutSession(event)))).toBe('{"method":"Page.loadEventFired","params":{"t":1}}');
  });

  it('a session in its body is not its own', () => {
    const inner = `{"method":"Target.detachedFromTarget","params":{"targetId":"T","sessionId":"${S1}"}}`;
    expect(readMessage(bytes(inner)).sessionId).toBe(undefined);
    const forged = JSON.stringify({
      method: 'Runtime.consoleAPICalled',
      params: { text: `,"sessionId":"${S1}"}` },
      sessionId: S2,
    });
    expect(readMessage(bytes(forged)).sessionId).toBe(S2);
  });
});

it.each([
  ['a session of another length', '{"method":"A.b","params":{},"sessionId":"short"}'],
  ['keys in another order', `{"sessionId":"${S1}","id":7,"result":{}}`],
  ['spaces', '{ "id": 7, "result": {} }'],
  ['an event without a body', '{"method":"Inspector.detached"}'],
])('%s is parsed', (_what, frame) => {
  expect(readRaw(bytes(frame))).toBe(null);
  expect(readMessage(bytes(frame))).toEqual(JSON.parse(frame));
});

it.each(['', '{', '}', '{}', '{"id":', '[]', 'null', '"x"}', '{"id":1,"result":'])(
  '%j is no raw message',
  (frame) => {
    expect(readRaw(bytes(frame))).toBe(null);
  },
);

it('says what the parsed message says, whatever is in it', () => {
  const json = fc.jsonValue();
  const session = fc.constantFrom(undefined, S1, S2);
  fc.assert(
    fc.property(
      fc.nat(0x7fffffff),
      fc.integer(),
      json,
      session,
      fc.string(),
      (ours, theirs, value, sessionId, key) => {
        const answer = { id: ours, result: { [key]: value }, ...(sessionId && { sessionId }) };
        const id = theirs | 0;
        const back = readdress(readMessage(bytes(JSON.stringify(answer))) as Answer, id, sessionId);
        expect(JSON.parse(text(encode(back)))).toEqual(JSON.parse(JSON.stringify({ ...answer, id })));
        const event = { method: 'A.b', params: { [key]: value }, ...(sessionId && { sessionId }) };
        const read = readMessage(bytes(JSON.stringify(event)));
        expect(read.sessionId).toBe(sessionId);
        expect(JSON.parse(text(encode(read)))).toEqual(JSON.parse(JSON.stringify(event)));
      },
    ),
  );
});
