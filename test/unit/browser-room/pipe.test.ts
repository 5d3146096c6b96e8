import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nulReader, PipeConnection } from '../../../src/supervisor/browser/pipe.ts';

describe('nulReader', () => {
  it('gives every message back, wherever the stream is cut, inside characters too', () => {
    const message = fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify({ text }));
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(40)), (messages, cuts) => {
        const heard: string[] = [];
        const read = nulReader((text) => heard.push(text));
        const bytes = Buffer.from(messages.map((text) => `${text}\0`).join(''));
        let at = 0;
        for (const cut of cuts) {
          read(bytes.subarray(at, at + cut));
          at += cut;
        }
        read(bytes.subarray(at));
        expect(heard).toEqual(messages);
      }),
    );
  });
});

describe('PipeConnection', () => {
  function connected() {
    const incoming = new PassThrough();
    const outgoing = new PassThrough();
    const sent: unknown[] = [];
    outgoing.on(
      'data',
      nulReader((text) => sent.push(JSON.parse(text))),
    );
    const say = (value: unknown) => incoming.write(`${JSON.stringify(value)}\0`);
    return { pipe: new PipeConnection(incoming, outgoing), incoming, outgoing, sent, say };
  }

  it('matches answers to commands by id, in any order, and ignores everything else', async () => {
    const { pipe, sent, say } = connected();
    const first = pipe.send('Browser.getVersion');
    const second = pipe.send('Target.getTargets', { filter: [] });
    say({ method: 'Target.targetCreated', params: {} });
    say('no object');
    say({ id: 99, result: 'nobody asked' });
    say({ id: 2, result: { b: 2 } });
    say({ id: 1, result: { a: 1 } });
    await expect(first).resolves.toEqual({ a: 1 });
    await expect(second).resolves.toEqual({ b: 2 });
    expect(sent).toEqual([
      { id: 1, method: 'Browser.getVersion', params: {} },
      { id: 2, method: 'Target.getTargets', params: { filter: [] } },
    ]);
  });

  it('rejects with what Chrome says', async () => {
    const { pipe, say } = connected();
    const asked = pipe.send('Nope.nope');
    say({ id: 1, error: { code: -32601, message: "'Nope.nope' wasn't found" } });
    await expect(asked).rejects.toThrow("wasn't found");
  });

  it.each(['incoming', 'outgoing'] as const)(
    'fails what waits, and what comes, when %s ends',
    async (end) => {
      const streams = connected();
      const waiting = streams.pipe.send('Browser.getVersion');
      streams[end].destroy(new Error('EPIPE'));
      await expect(waiting).rejects.toThrow('closed its pipe');
      await expect(streams.pipe.send('Browser.close')).rejects.toThrow('closed its pipe');
    },
  );
});
