import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, MAX_LINE } from '../../../../src/cli/bridge/lines.ts';
import { answerTo, asLine, readMessages } from '../../../../src/cli/bridge/messages.ts';
import { type SseEvent, SseReader } from '../../../../src/cli/bridge/sse.ts';

describe('lines', () => {
  const texts = (reader: LineReader, ...chunks: (string | Buffer)[]) =>
    chunks.flatMap((chunk) => reader.push(Buffer.from(chunk))).map(({ text }) => text);

  it('come whole, however they were cut, and empty ones not at all', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(200)), (lines, cuts) => {
        const clean = lines.map((line) => line.replaceAll('\n', ' '));
        const bytes = Buffer.from(clean.map((line) => `${line}\n`).join(''));
        const at = [...cuts].map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);
        const chunks = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
        expect(texts(new LineReader(), ...chunks)).toEqual(clean.filter((line) => line.trim() !== ''));
      }),
    );
  });

  it('the last one may lack its end', () => {
    const reader = new LineReader();
    expect(texts(reader, '{"a":1}\n{"b"', ':2}')).toEqual(['{"a":1}']);
    expect(reader.end()).toEqual([{ text: '{"b":2}', bytes: 7 }]);
    expect(reader.end()).toEqual([]);
  });

  it('that are far too long are counted and not kept, and what follows is read', () => {
    const reader = new LineReader();
    const chunk = Buffer.alloc(MAX_LINE, 120);
    for (let i = 0; i < 5; i++) expect(reader.push(chunk)).toEqual([]);
    expect(reader.push(Buffer.from('\nnext\n'))).toEqual([
      { text: null, bytes: 5 * MAX_LINE },
      { text: 'next', bytes: 4 },
    ]);
  });
});

describe('server-sent events', () => {
  const read = (...chunks: string[]): SseEvent[] => {
    const reader = new SseReader();
    return chunks.flatMap((chunk) => reader.push(chunk));
  };

  it('are read as the standard says', () => {
    expect(
      read(
        '\ufeff: keepalive\n\n',
        'event: message\nid: s_1\ndata: {"a":1}\n\n',
        'data:one\ndata: two\ndata\n\n',
        'retry: 250\nretry: soon\nid: a\0b\nother: x\n\n',
        'id\ndata: last\r\n\r\n',
      ),
    ).toEqual([
      { id: 's_1', data: '{"a":1}', retry: null },
      { id: null, data: 'one\ntwo\n', retry: null },
      { id: null, data: '', retry: 250 },
      { id: '', data: 'last', retry: null },
    ]);
  });

  it('an event without data is told for its id, and one that breaks off is not', () => {
    expect(read('id: s_0\ndata: \n\nid: s_1\ndata: half')).toEqual([{ id: 's_0', data: '', retry: null }]);
  });

  it('come the same however the stream was cut, with any line end', () => {
    const events = fc.array(
      fc.record({ id: fc.stringMatching(/^\w{0,5}$/), data: fc.lorem({ mode: 'words' }) }),
    );
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(events, ends, fc.array(fc.nat(500)), (wanted, end, cuts) => {
        const text = wanted.map(({ id, data }) => `id: ${id}${end}data: ${data}${end}${end}`).join('');
        const at = cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
        const chunks = [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length));
        expect(read(...chunks)).toEqual(wanted.map((each) => ({ ...each, retry: null })));
      }),
    );
  });
});

describe('messages', () => {
  const kinds = (line: string) => readMessages(line).map(({ kind }) => kind);

  it('are told apart', () => {
    expect(kinds('{"jsonrpc":"2.0","id":1,"method":"ping"}')).toEqual(['request']);
    expect(kinds('{"jsonrpc":"2.0","id":"a","method":"ping"}')).toEqual(['request']);
    expect(kinds('{"jsonrpc":"2.0","method":"notifications/initialized"}')).toEqual(['notification']);
    expect(kinds('{"jsonrpc":"2.0","id":1,"result":{}}')).toEqual(['response']);
    expect(kinds('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}')).toEqual(['response']);
    expect(kinds('[{"id":1,"method":"a"},{"method":"b"}]')).toEqual(['request', 'notification']);
  });

  it.each([
    ['{"id":1', -32700, null],
    ['[]', -32600, null],
    ['7', -32600, null],
    ['{"id":5}', -32600, 5],
    ['{"id":null,"method":"ping"}', -32600, null],
    ['{"id":{},"method":"ping"}', -32600, null],
  ])('%s is answered with %i', (line, code, id) => {
    const [message] = readMessages(line);
    expect(message?.kind === 'unreadable' && JSON.parse(message.answer)).toMatchObject({
      id,
      error: { code },
    });
  });

  it('an answer is one of this id, and no request of the server’s under the same', () => {
    expect(answerTo(1, '{"id":1,"result":{"a":1}}')).toEqual({ id: 1, result: { a: 1 } });
    expect(answerTo(1, '{"id":1,"method":"roots/list"}')).toBeNull();
    expect(answerTo(1, '{"id":"1","result":{}}')).toBeNull();
    expect(answerTo(1, '{"method":"notifications/progress","params":{"id":1,"result":1}}')).toBeNull();
  });

  it('are one line, however they were printed', () =>
    expect(asLine(JSON.stringify({ a: ['one\ntwo'] }, null, 2))).toBe('{   "a": [     "one\\ntwo"   ] }'));
});
