import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientReports } from '../../../src/proxy/client-reports.ts';
import { pointsAtItself } from '../../../src/proxy/host-policy.ts';

describe('a target that is the forwarder itself', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['localhost', '127.0.0.1', true],
    ['127.0.0.1', '0.0.0.0', true],
    ['::1', '::', true],
    ['172.17.0.1', '172.17.0.1', true],
    ['127.0.0.1', '172.17.0.1', false],
    ['::1', '127.0.0.1', false],
    ['10.0.0.9', '0.0.0.0', false],
  ])('%s behind %s on the same port: %s', (target, bound, itself) => {
    expect(pointsAtItself({ host: target, port: 9224 }, { host: bound, port: 9224 })).toBe(itself);
    expect(pointsAtItself({ host: target, port: 9222 }, { host: bound, port: 9224 })).toBe(false);
  });
});

describe('reports of clients', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function reports() {
    const state = { sent: 0, activity: 0 };
    const made = new ClientReports(
      () => state.sent++,
      () => state.activity,
      () => performance.now(),
    );
    return { state, made };
  }

  it('tell a change at once, and at most ten a second', async () => {
    const { state, made } = reports();
    made.changed();
    await vi.advanceTimersByTimeAsync(1);
    expect(state.sent).toBe(1);
    for (let ms = 0; ms < 1000; ms++) {
      made.changed();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(state.sent).toBeGreaterThanOrEqual(10);
    expect(state.sent).toBeLessThanOrEqual(11);
    made.stop();
  });

  it('tell moving counters once a second, and nothing where nothing moved', async () => {
    const { state, made } = reports();
    made.changed();
    await vi.advanceTimersByTimeAsync(10);
    await vi.advanceTimersByTimeAsync(5000);
    expect(state.sent).toBe(1);
    for (let ms = 0; ms < 5000; ms += 10) {
      state.activity++;
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(state.sent).toBeGreaterThanOrEqual(5);
    expect(state.sent).toBeLessThanOrEqual(6);
    made.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
