import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FixtureHub } from './mcp/fixture-hub.ts';
import { allOf, ask, call, cancel, type Event, eventsOf, Wire } from './mcp/wire.ts';

/** What a client gets that lost a connection, on a real socket. */

let hub: FixtureHub;
beforeAll(async () => {
  hub = await FixtureHub.start();
});
afterAll(() => hub[Symbol.dispose]());

/** A call that is held, its stream cut behind the first progress; and the id of that event. */
async function cutCall(wire: Wire, id: string | number = 'call'): Promise<string> {
  const cut = new AbortController();
  const response = await wire.post(call(id, 'hold', {}, 'token'), {}, cut.signal);
  const seen: Event[] = [];
  for await (const event of eventsOf(response)) {
    seen.push(event);
    if (event.data?.method === 'notifications/progress') break;
  }
  cut.abort();
  return seen.at(-1)?.id ?? '';
}

const kinds = (events: Event[]) =>
  events.map(({ data }) => data?.params?.message ?? data?.result?.content?.[0].text ?? data?.error?.message);

describe('a call whose stream was cut', () => {
  test('goes on, and is told from where it was: progress that was missed, the answer, the end', async () => {
    using own = await FixtureHub.start();
    const wire = await Wire.open(own.url);
    const last = await cutCall(wire);
    own.fixture.release();
    await expect.poll(async () => (await allOf(await wire.get(last))).length).toBe(2);
    expect(kinds(await allOf(await wire.get(last)))).toEqual(['let go', 'held and let go']);
  });

  test('is heard live again while it is at work, and the stream ends with the answer', async () => {
    using own = await FixtureHub.start();
    const wire = await Wire.open(own.url);
    const last = await cutCall(wire);
    const resumed = await wire.get(last);
    expect(resumed.headers.get('content-type')).toBe('text/event-stream');
    own.fixture.release();
    expect(kinds(await allOf(resumed))).toEqual(['let go', 'held and let go']);
  });

  test('is told to whoever came back last; the others end', async () => {
    using own = await FixtureHub.start();
    const wire = await Wire.open(own.url);
    const last = await cutCall(wire);
    const resumed = [await wire.get(last), await wire.get(last), await wire.get(last)];
    own.fixture.release();
    const told = await Promise.all(resumed.map(allOf));
    expect(told.map(kinds)).toEqual([[], [], ['let go', 'held and let go']]);
  });

  test('by many at once is told to one of them at least, in full, and every stream ends', async () => {
    using own = await FixtureHub.start();
    const wire = await Wire.open(own.url);
    const last = await cutCall(wire);
    const resumed = await Promise.all(Array.from({ length: 8 }, () => wire.get(last)));
    own.fixture.release();
    const told = (await Promise.all(resumed.map(allOf))).map(kinds);
    expect(told).toContainEqual(['let go', 'held and let go']);
    await expect.poll(async () => kinds(await allOf(await wire.get(last)))).toHaveLength(2);
  });

  test('has nothing more to tell once all of it was heard: 204, with which clients stop asking', async () => {
    const wire = await Wire.open(hub.url);
    const events = await allOf(await wire.post(call(1, 'echo')));
    const response = await wire.get(events.at(-1)?.id);
    expect([response.status, await response.text()]).toEqual([204, '']);
    const failed = await allOf(await wire.post(ask(2, 'no/such/method')));
    expect(failed.at(-1)?.data.error.code).toBe(-32601);
    expect((await wire.get(failed.at(-1)?.id)).status).toBe(204);
  });

  test('that was cancelled is not answered; its stream ends, and there is nothing to come back for', async () => {
    const wire = await Wire.open(hub.url);
    const response = await wire.post(call('held', 'hold', {}, 'token'));
    const events = eventsOf(response);
    const first = (await events.next()).value as Event;
    expect((await wire.post(cancel('held'))).status).toBe(202);
    const rest: Event[] = [];
    for await (const event of events) rest.push(event);
    expect(rest.every(({ data }) => data === null || data.method === 'notifications/progress')).toBe(true);
    const last = rest.at(-1)?.id ?? first.id;
    expect((await wire.get(last)).status).toBe(204);
    const again = await allOf(await wire.post(call('held', 'echo', { again: true })));
    expect(kinds(again)).toEqual([undefined, '{"again":true}']);
  });

  test('of a client from before resumable streams is answered as ever', async () => {
    const wire = await Wire.open(hub.url, {}, '2025-03-26');
    const response = await wire.post([call('a', 'echo', { n: 1 }), call('b', 'echo', { n: 2 })]);
    expect(kinds(await allOf(response)).sort()).toEqual(['{"n":1}', '{"n":2}']);
  });
});

describe('an event id', () => {
  test.each(['nonsense', '_', '_GET_streamx_1', 'a_b_c', '1.2.3', '%00', `${'x'.repeat(4000)}_1`])(
    '%s that names nothing is 400',
    async (id) => {
      const wire = await Wire.open(hub.url);
      const response = await wire.get(id);
      expect(response.status).toBe(400);
      await response.arrayBuffer();
      expect(await wire.ping()).toBe(200);
    },
  );

  test('of another session tells nothing of that session', async () => {
    const [mine, other] = [await Wire.open(hub.url), await Wire.open(hub.url)];
    const secret = await allOf(await other.post(call('secret', 'echo', { secret: 'of the other' })));
    const told = await mine.get(secret[0]?.id);
    expect(await told.text()).not.toContain('of the other');
  });

  test('of a call of an earlier gateway is answered: it is lost', async () => {
    const wire = await Wire.open(hub.url);
    const last = await cutCall(wire, 17);
    const [saved] = hub.save().filter(({ id }) => id === wire.id);
    if (!saved) throw new Error('it was not saved');
    using next = await FixtureHub.start({}, { saved: [saved] });
    const later = Wire.of(next.url, wire.id, wire.headers);
    const [event, ...more] = await allOf(await later.get(last));
    expect(more).toEqual([]);
    expect(event?.data).toMatchObject({ id: 17, error: { message: expect.stringContaining('is lost') } });
    expect((await later.get(event?.id)).status).toBe(204);
  });
});

describe('the stream of the session itself', () => {
  test('is gone on with behind the last event that was heard, as often as it is cut', async () => {
    const wire = await Wire.open(hub.url);
    const updates = (n: number) => wire.call('tell', { times: n, bytes: 1, as: 'list_changed' });
    let last: string | undefined;
    let heard = 0;
    for (let n = 1; n <= 3; n += 1) {
      const cut = new AbortController();
      const stream = await wire.get(last, cut.signal);
      const told = updates(2);
      let here = 0;
      for await (const event of eventsOf(stream)) {
        last = event.id;
        heard += 1;
        here += 1;
        // What is told while nobody listens comes first with the next.
        if (here === (n === 1 ? 2 : 3)) break;
      }
      cut.abort();
      await told;
      await updates(1);
    }
    expect(heard).toBe(8);
  });

  test('is taken over by who comes back, though the hub has not heard that the connection broke', async () => {
    const wire = await Wire.open(hub.url);
    const halfOpen = await wire.get();
    await wire.call('tell', { times: 1, bytes: 1, as: 'list_changed' });
    const events = eventsOf(halfOpen);
    const first = (await events.next()).value as Event;
    const again = await wire.get(first.id);
    expect(again.status).toBe(200);
    expect((await events.next()).done).toBe(true);
    await wire.call('tell', { times: 1, bytes: 1, as: 'list_changed' });
    expect((await eventsOf(again).next()).value).toMatchObject({
      data: { method: 'notifications/resources/updated' },
    });
  });

  test('goes on over a restart of the gateway, from an id that the new one never gave', async () => {
    const wire = await Wire.open(hub.url);
    const before = await wire.get();
    await wire.call('tell', { times: 1, bytes: 1, as: 'list_changed' });
    const first = (await eventsOf(before).next()).value as Event;
    using next = await FixtureHub.start({}, { saved: hub.save() });
    const later = Wire.of(next.url, wire.id, wire.headers);
    const after = await later.get(first.id);
    expect(after.status).toBe(200);
    await later.call('tell', { times: 1, bytes: 2, as: 'list_changed' });
    expect((await eventsOf(after).next()).value).toMatchObject({ data: { params: { uri: 'xx' } } });
  });
});
