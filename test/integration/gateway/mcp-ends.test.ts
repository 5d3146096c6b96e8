import { describe, expect, test } from 'vitest';
import type { McpEndpointOptions } from '../../../src/gateway/mcp/endpoint.ts';
import { FixtureHub } from './mcp/fixture-hub.ts';
import { allOf, call, cancel, eventsOf, Wire } from './mcp/wire.ts';

/** What becomes of calls that are at work when one of them, their session or the gateway ends; on real sockets. */

/** A call that is at work; `answer` resolves when its stream has ended. */
async function atWork(wire: Wire, id: string) {
  const events = eventsOf(await wire.post(call(id, 'hold', {}, `token-${id}`)));
  // The first event opens the stream, the second is of the call itself.
  await events.next();
  await events.next();
  const answer = async () => {
    let last: unknown;
    for await (const { data } of events) last = data;
    return last;
  };
  return { answer: answer() };
}

const errorOf = (id: string, words: RegExp) => ({
  id,
  error: { code: -32000, message: expect.stringMatching(words) },
});

describe('a call at work is answered, and told that it may have been done,', () => {
  test('when its client ends the session', async () => {
    using hub = await FixtureHub.start();
    const wire = await Wire.open(hub.url);
    const calls = [await atWork(wire, 'one'), await atWork(wire, 'two')];
    expect((await wire.delete()).status).toBe(200);
    expect(await Promise.all(calls.map(({ answer }) => answer))).toMatchObject([
      errorOf('one', /session was ended.*may have been done or not.*Initialize again/),
      errorOf('two', /session was ended/),
    ]);
    expect(await wire.ping()).toBe(404);
  });

  test('when the hub ends the session', async () => {
    const ends: (() => void)[] = [];
    const seat: McpEndpointOptions['seat'] = ({ name, onEnd }) => {
      ends.push(onEnd);
      return {
        identity: { id: 'mcp-1', kind: 'mcp', name, workspace: 'mcp-1', isolation: 'tabs' },
        shared: false,
        seed: [],
        paused: false,
        absent: null,
        open: () => {
          throw new Error('there is no browser here');
        },
        ready: () => Promise.resolve(null),
        called: () => () => {},
        leave: () => {},
      };
    };
    using hub = await FixtureHub.start({}, { seat });
    const wire = await Wire.open(hub.url);
    const { answer } = await atWork(wire, 'one');
    for (const end of ends) end();
    expect(await answer).toMatchObject(errorOf('one', /session was ended/));
    expect(await wire.ping()).toBe(404);
  });

  test('when the gateway ends, which waits for that', async () => {
    using hub = await FixtureHub.start();
    const wire = await Wire.open(hub.url);
    const { answer } = await atWork(wire, 'one');
    await hub.endpoint.close();
    expect(await answer).toMatchObject(errorOf('one', /hub stops or restarts.*may have been done or not/));
    // A later gateway goes on with it.
    expect(hub.save().map(({ id }) => id)).toEqual([wire.id]);
  });
});

test('of the calls of one POST, those that are not cancelled are answered', async () => {
  using hub = await FixtureHub.start();
  const wire = await Wire.open(hub.url, {}, '2025-03-26');
  const calls = ['a', 'b', 'c'].map((id) => call(id, 'hold', {}, `token-${id}`));
  const events = eventsOf(await wire.post(calls));
  const begun = new Set<unknown>();
  while (begun.size < 3) {
    const { value } = await events.next();
    if (value?.data?.params) begun.add(value.data.params.progressToken);
  }
  await (await wire.post(cancel('b'))).arrayBuffer();
  hub.fixture.release();
  const answered: unknown[] = [];
  for await (const { data } of events) if (data?.result) answered.push(data.id);
  expect(answered.sort()).toEqual(['a', 'c']);
  // Its id is free again.
  expect((await allOf(await wire.post(call('b', 'echo')))).at(-1)?.data.result).toBeDefined();
});
