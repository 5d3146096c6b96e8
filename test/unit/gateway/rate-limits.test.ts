import { expect, it } from 'vitest';
import { RateLimits } from '../../../src/gateway/rate-limits.ts';

function at(limit = { perSecond: 10, burst: 20 }) {
  const clock = { ms: 0, now: () => clock.ms, wall: () => clock.ms };
  return { clock, limits: new RateLimits(limit, clock) };
}

it('lets the burst through, then as many a second as it may', () => {
  const { clock, limits } = at();
  const served = (n: number) =>
    Array.from({ length: n }, () => limits.take('a')).filter((s) => s === 0).length;
  expect(served(100)).toBe(20);
  expect(limits.take('a')).toBeCloseTo(0.1);
  clock.ms += 1000;
  expect(served(100)).toBe(10);
  clock.ms += 3_600_000;
  expect(served(100)).toBe(20);
});

it('counts each client by itself', () => {
  const { limits } = at({ perSecond: 1, burst: 1 });
  expect([limits.take('a'), limits.take('b')]).toEqual([0, 0]);
  expect(limits.take('a')).toBe(1);
});

it('remembers a bounded number of clients: those beyond share one count, and the quiet make room', () => {
  const { clock, limits } = at({ perSecond: 1, burst: 2 });
  for (let i = 0; i < 4096; i += 1) limits.take(`id-${i}`);
  const beyond = Array.from({ length: 100 }, (_, i) => limits.take(`new-${i}`));
  expect(beyond.filter((seconds) => seconds === 0)).toHaveLength(2);
  expect(limits.size).toBe(4096);
  clock.ms += 5000;
  expect(limits.take('new-1')).toBe(0);
  expect(limits.size).toBe(1);
});
