import { afterEach, describe, expect, test } from 'vitest';
import { MAX_SESSIONS } from '../../../src/gateway/mcp/sessions.ts';
import { FixtureHub } from './mcp/fixture-hub.ts';
import { allOf, BOTH, call, eventsOf, INITIALIZE, JSON_TYPE, Wire } from './mcp/wire.ts';

/** How long sessions last, and how many there may be; on real sockets, with a clock in the test's hand. */

const MINUTE = 60_000;
const IDLE = 30 * MINUTE;
let ahead = 0;
afterEach(() => {
  ahead = 0;
});
const clock = { now: () => performance.now() + ahead, wall: () => Date.now() + ahead };

/** Time passes, as the gateway sees it. */
function pass(hub: FixtureHub, ms: number): void {
  ahead += ms;
  hub.endpoint.sessions.expire();
}

const initialize = (url: string) =>
  fetch(url, { method: 'POST', headers: { ...JSON_TYPE, ...BOTH }, body: JSON.stringify(INITIALIZE) });

describe('a session that nobody uses', () => {
  test('ends when its time is over, and not before', async () => {
    using hub = await FixtureHub.start({}, { idle: IDLE, clock });
    const [used, unused] = [await Wire.open(hub.url), await Wire.open(hub.url)];
    pass(hub, IDLE - MINUTE);
    expect(await used.ping()).toBe(200);
    pass(hub, 2 * MINUTE);
    expect([await used.ping(), await unused.ping()]).toEqual([200, 404]);
    expect(hub.seats).toEqual({ taken: 2, left: 1 });
    expect(hub.save().map(({ id }) => id)).toEqual([used.id]);
  });

  test('stays while its stream is open, and for its time after', async () => {
    using hub = await FixtureHub.start({}, { idle: IDLE, clock });
    const wire = await Wire.open(hub.url);
    const cut = new AbortController();
    await wire.get(undefined, cut.signal);
    pass(hub, 10 * IDLE);
    expect(hub.seats.left).toBe(0);
    cut.abort();
    await expect
      .poll(async () => {
        pass(hub, IDLE);
        return hub.seats.left;
      })
      .toBe(1);
    expect(await wire.ping()).toBe(404);
  });

  test('stays while a call is at work, also where nobody listens for its answer', async () => {
    using hub = await FixtureHub.start({}, { idle: IDLE, clock });
    const wire = await Wire.open(hub.url);
    const cut = new AbortController();
    const events = eventsOf(await wire.post(call('long', 'hold', {}, 'token'), {}, cut.signal));
    await events.next();
    cut.abort();
    pass(hub, 10 * IDLE);
    expect(hub.seats.left).toBe(0);
    hub.fixture.release();
    await expect
      .poll(() => {
        pass(hub, IDLE);
        return hub.seats.left;
      })
      .toBe(1);
  });

  test('never ends where it is so said', async () => {
    using hub = await FixtureHub.start({}, { idle: 0, clock });
    const wire = await Wire.open(hub.url);
    pass(hub, 1000 * IDLE);
    expect(await wire.ping()).toBe(200);
  });

  test('holds what it has told for clients that come back no longer than five minutes', async () => {
    using hub = await FixtureHub.start({}, { idle: IDLE, clock });
    const wire = await Wire.open(hub.url);
    const [first] = await allOf(await wire.post(call('kept', 'echo', { kept: true })));
    pass(hub, 4 * MINUTE);
    expect(JSON.stringify(await allOf(await wire.get(first?.id)))).toContain('kept');
    pass(hub, 2 * MINUTE);
    const [lost] = await allOf(await wire.get(first?.id));
    expect(lost?.data).toMatchObject({ id: 'kept', error: { message: expect.stringContaining('lost') } });
  });
});

describe('after a restart of the gateway', () => {
  test('a session goes on under its id, whoever asks first and however many at once', async () => {
    using before = await FixtureHub.start({}, { idle: IDLE, clock });
    const wire = await Wire.open(before.url);
    using after = await FixtureHub.start({}, { idle: IDLE, clock, saved: before.save() });
    const later = Wire.of(after.url, wire.id, wire.headers);
    const statuses = await Promise.all(Array.from({ length: 20 }, () => later.ping()));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(after.seats.taken).toBe(1);
    expect((await later.call('echo', { goes: 'on' })).result.content[0].text).toBe('{"goes":"on"}');
    expect(after.save().map(({ client }) => client)).toEqual(before.save().map(({ client }) => client));
  });

  test('it can be ended before it was ever used, and stays ended', async () => {
    using before = await FixtureHub.start();
    const wire = await Wire.open(before.url);
    using after = await FixtureHub.start({}, { saved: before.save() });
    const later = Wire.of(after.url, wire.id, wire.headers);
    expect((await later.delete()).status).toBe(200);
    expect(await later.ping()).toBe(404);
    using third = await FixtureHub.start({}, { saved: after.save() });
    expect(await Wire.of(third.url, wire.id, wire.headers).ping()).toBe(404);
  });

  test('one that was ended, or whose time is over, is not there', async () => {
    using before = await FixtureHub.start({}, { idle: IDLE, clock });
    const [ended, late] = [await Wire.open(before.url), await Wire.open(before.url)];
    await ended.delete();
    using after = await FixtureHub.start({}, { idle: IDLE, clock, saved: before.save() });
    expect(await Wire.of(after.url, ended.id, ended.headers).ping()).toBe(404);
    // No look at what is over has come yet.
    ahead += IDLE;
    expect(await Wire.of(after.url, late.id, late.headers).ping()).toBe(404);
    pass(after, 0);
    expect(after.save()).toEqual([]);
  });

  test('time that the machine slept is nobody’s idleness', async () => {
    using before = await FixtureHub.start({}, { idle: IDLE, clock });
    const wire = await Wire.open(before.url);
    const woken = { now: clock.now, wall: () => clock.wall() + 10 * IDLE };
    using after = await FixtureHub.start({}, { idle: IDLE, clock: woken, saved: before.save() });
    pass(after, MINUTE);
    expect(await Wire.of(after.url, wire.id, wire.headers).ping()).toBe(200);
  });

  test('what it was idle before counts, and that its time is over is told', async () => {
    using before = await FixtureHub.start({}, { idle: IDLE, clock });
    const wire = await Wire.open(before.url);
    pass(before, IDLE - 3 * MINUTE);
    using second = await FixtureHub.start({}, { idle: IDLE, clock, saved: before.save() });
    pass(second, MINUTE);
    using third = await FixtureHub.start({}, { idle: IDLE, clock, saved: second.save() });
    pass(third, MINUTE);
    expect(third.endpoint.sessions.size).toBe(1);
    const { changes } = third;
    pass(third, MINUTE);
    expect(third.endpoint.sessions.size).toBe(0);
    expect(third.changes).toBe(changes + 1);
    expect(await Wire.of(third.url, wire.id, wire.headers).ping()).toBe(404);
  });

  test('one that is used all the time is not taken for idle, though nothing else about it changes', async () => {
    using before = await FixtureHub.start({}, { idle: IDLE, clock });
    const wire = await Wire.open(before.url);
    let told = before.save();
    let changes = before.changes;
    for (let minute = 0; minute < 60; minute += 1) {
      await wire.ping();
      pass(before, MINUTE);
      if (before.changes > changes) told = before.save();
      changes = before.changes;
    }
    using after = await FixtureHub.start({}, { idle: IDLE, clock, saved: told });
    expect(await Wire.of(after.url, wire.id, wire.headers).ping()).toBe(200);
  });

  test('it is still its principal’s alone', async () => {
    const token = 'the-token-of-this-hub-1234';
    const door = { token, controlToken: 'the-control-token-1234' };
    using before = await FixtureHub.start(door);
    const wire = await Wire.open(before.url, { authorization: `Bearer ${token}` });
    using after = await FixtureHub.start(door, { saved: before.save() });
    const other = { authorization: 'Bearer the-control-token-1234' };
    expect(await Wire.of(after.url, wire.id, other).ping()).toBe(404);
    expect(await Wire.of(after.url, wire.id, wire.headers).ping()).toBe(200);
  });

  test('where there is no place for it now, it says so, and has one later', async () => {
    using before = await FixtureHub.start();
    const wire = await Wire.open(before.url);
    const conflict = { status: 409, error: 'WORKSPACE_CONFLICT', message: 'taken', hint: 'wait' } as const;
    let taken = true;
    let takes = 0;
    const seat = () => {
      takes += 1;
      if (taken) return conflict;
      throw new Error('there is a place, and nothing to sit on');
    };
    using after = await FixtureHub.start({}, { saved: before.save(), seat });
    const later = Wire.of(after.url, wire.id, wire.headers);
    const refused = await later.post(call('early', 'echo'));
    expect([refused.status, await refused.json()]).toMatchObject([409, { error: 'WORKSPACE_CONFLICT' }]);
    expect(after.save().map(({ id }) => id)).toEqual([wire.id]);
    taken = false;
    await (await later.post(call('late', 'echo'))).text();
    expect(takes).toBe(2);
  });
});

describe('of sessions', () => {
  test('there may be so many; then 503, until one is over', { timeout: 60_000 }, async () => {
    using hub = await FixtureHub.start({}, { clock });
    const wires: Wire[] = [];
    for (let n = 0; n < MAX_SESSIONS; n += 1) wires.push(await Wire.open(hub.url));
    const refused = await initialize(hub.url);
    expect(refused.headers.get('retry-after')).toBe('30');
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: 'TOO_MANY_CLIENTS' }]);
    expect(await wires[0]?.ping()).toBe(200);
    await wires[1]?.delete();
    const next = await initialize(hub.url);
    expect(next.status).toBe(200);
    await next.text();
    expect((await initialize(hub.url)).status).toBe(503);
  });

  test('no more come in at once than there may be', { timeout: 60_000 }, async () => {
    using hub = await FixtureHub.start({}, { clock });
    const statuses = await Promise.all(
      Array.from({ length: MAX_SESSIONS + 50 }, async () => {
        const response = await initialize(hub.url);
        await response.text();
        return response.status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(MAX_SESSIONS);
    expect(statuses.filter((status) => status === 503)).toHaveLength(50);
  });

  test('those that were begun and never used make room, the oldest first; used ones do not', {
    timeout: 60_000,
  }, async () => {
    using before = await FixtureHub.start({}, { clock });
    const worked = await Wire.open(before.url);
    await worked.call('echo');
    using hub = await FixtureHub.start({}, { clock, saved: before.save() });
    const used = Wire.of(hub.url, worked.id, worked.headers);
    // It has listened since, and asked for nothing.
    await (await used.get()).body?.cancel();
    const flood: string[] = [];
    for (let n = 1; n < MAX_SESSIONS; n += 1) {
      const response = await initialize(hub.url);
      flood.push(response.headers.get('mcp-session-id') ?? '');
      await response.text();
      if (n === 1) pass(hub, 5000);
    }
    pass(hub, 70_000);
    for (const body of ['{}', JSON.stringify(call('nobody', 'echo')), 'nonsense']) {
      const refused = await fetch(hub.url, { method: 'POST', headers: { ...JSON_TYPE, ...BOTH }, body });
      expect([refused.status, hub.seats.left]).toEqual([400, 0]);
    }
    const newcomer = await Wire.open(hub.url);
    expect([await newcomer.ping(), await used.ping()]).toEqual([200, 200]);
    expect(await Wire.of(hub.url, flood[0] ?? '').ping()).toBe(404);
    expect(await Wire.of(hub.url, flood[1] ?? '').ping()).toBe(200);
  });

  test('a thousand that came and went leave nothing', { timeout: 120_000 }, async () => {
    using hub = await FixtureHub.start({}, { idle: IDLE, clock });
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    for (let n = 0; n < 1000; n += 1) {
      const wire = await Wire.open(hub.url);
      if (n % 3 === 0) await wire.call('echo');
      if (n % 2 === 0) {
        if (n % 4 === 0) await wire.get();
        await wire.delete();
      } else pass(hub, IDLE);
    }
    expect(hub.save()).toEqual([]);
    expect(hub.endpoint.sessions.size).toBe(0);
    expect(hub.seats).toEqual({ taken: 1000, left: 1000 });
    await expect.poll(() => timers() - before).toBeLessThanOrEqual(2);
  });
});
