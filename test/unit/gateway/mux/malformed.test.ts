import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Transcript } from './transcript.ts';

// The codes, messages and ids are Chrome's, seen on Chromium 156; the id of a string or float is the hub's
// own courtesy, Chrome leaves it out.
test.each([
  ['garbage', undefined, -32700],
  ['', undefined, -32700],
  ['[]', undefined, -32600],
  ['1', undefined, -32600],
  ['null', undefined, -32600],
  ['{}', undefined, -32600],
  ['{"id":"a","method":"X.y"}', 'a', -32600],
  ['{"id":1.5,"method":"X.y"}', 1.5, -32600],
  ['{"id":2147483648,"method":"X.y"}', 2147483648, -32600],
  ['{"id":12345678901234567890,"method":"X.y"}', undefined, -32600],
  ['{"id":null,"method":"X.y"}', undefined, -32600],
  ['{"id":1}', 1, -32600],
  ['{"id":1,"method":5}', 1, -32600],
  ['{"id":1,"method":""}', 1, -32600],
  ['{"id":2,"method":"X.y","params":3}', 2, -32600],
  ['{"id":3,"method":"X.y","jsonrpc":"2.0"}', 3, -32600],
  ['{"id":4,"method":"X.y","sessionId":5}', 4, -32600],
  ['{"id":4,"method":"X.y","sessionId":null}', 4, -32600],
  ['{"id":5,"method":"X.y"} x', undefined, -32700],
  [`{"id":6,"method":"X.y","params":{"a":${'['.repeat(400)}${']'.repeat(400)}}}`, 6, -32700],
  [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, undefined, -32600],
  [`{"id":6,"method":"X.y","params":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`, 6, -32700],
])('%.60s is answered here', (text, id, code) => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say(text);
  expect(t.sent()).toEqual([]);
  expect(client.frames).toHaveLength(1);
  expect(client.frames[0]?.id).toBe(id);
  expect(client.frames[0]?.error?.code).toBe(code);
  expect(t.exchanges).toMatchObject([{ method: '(malformed)', end: 'error' }]);
});

test('null and array params pass, as they do in Chrome', () => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say('{"id":1,"method":"X.y","params":null}');
  client.say('{"id":2,"method":"X.y","params":[]}');
  expect(t.sent()).toHaveLength(2);
});

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };

test('whatever a client sends, upstream sees only well-formed commands with our ids', () => {
  const field = fc.oneof(fc.jsonValue(), fc.constantFrom('R', 'S', 'FOREIGN', '', 'Page.enable', 7));
  const almost = fc
    .record({ id: field, method: field, params: field, sessionId: field, extra: field }, { requiredKeys: [] })
    .map((value) => JSON.stringify(value));
  const good = fc
    .record({ id: fc.integer(INT32), method: fc.constantFrom('Page.enable', 'X.y') })
    .map((value) => JSON.stringify(value));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.json(), almost, good), { maxLength: 30 }), (texts) => {
      const t = new Transcript();
      const client = t.ready('R');
      t.attached('R', 'S');
      client.heard();
      for (const text of texts) client.say(text);
      const sent = t.sent();
      const ids = new Set(sent.map((frame) => frame.id));
      expect(ids.size).toBe(sent.length);
      for (const frame of sent) {
        expect(Number.isInteger(frame.id) && Number(frame.id) > 0).toBe(true);
        expect(typeof frame.method).toBe('string');
        expect(['R', 'S']).toContain(frame.sessionId);
        expect(Object.keys(frame).every((key) => ['id', 'method', 'params', 'sessionId'].includes(key))).toBe(
          true,
        );
        t.chrome({ id: frame.id, result: {}, sessionId: frame.sessionId });
      }
      // Each message, good or bad, has exactly one answer.
      expect(client.frames.length - 1).toBe(texts.length);
      expect(t.mux.held.inFlight).toBe(0);
      expect(client.mux.bytesInFlight).toBe(0);
    }),
  );
});
