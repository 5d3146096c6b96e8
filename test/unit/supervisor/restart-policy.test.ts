import { describe, expect, it } from 'vitest';
import { RestartPolicy } from '../../../src/supervisor/restart-policy.ts';

describe('RestartPolicy', () => {
  it('retries at once, then 0.25 s doubling, and gives up at the fifth exit within a minute', () => {
    const policy = new RestartPolicy(() => 0);
    const verdicts = [0, 100, 400, 1000, 2100].map((now) => policy.onExit(now, 0));
    expect(verdicts).toEqual([
      { state: 'backoff', delayMs: 0 },
      { state: 'backoff', delayMs: 250 },
      { state: 'backoff', delayMs: 500 },
      { state: 'backoff', delayMs: 1000 },
      { state: 'failed', delayMs: 60_000 },
    ]);
  });

  it('never waits more than 10 s plus a quarter of jitter between exits that are far apart', () => {
    const policy = new RestartPolicy(() => 0.999);
    const delays = Array.from({ length: 20 }, (_, i) => policy.onExit(i * 16_000, 0).delayMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(12_500);
    expect(Math.max(...delays)).toBeGreaterThan(12_000);
  });

  it('starts afresh after 60 s of health, and not after 59', () => {
    const policy = new RestartPolicy(() => 0);
    policy.onExit(0, 0);
    policy.onExit(1, 0);
    expect(policy.onExit(60_500, 59_000).delayMs).toBe(500);
    expect(policy.onExit(130_000, 60_000).delayMs).toBe(0);
  });

  it('forgets everything on reset', () => {
    const policy = new RestartPolicy(() => 0);
    for (let i = 0; i < 5; i++) policy.onExit(i, 0);
    policy.reset();
    expect(policy.onExit(6, 0)).toEqual({ state: 'backoff', delayMs: 0 });
  });

  it('tries again after a failure that has aged out of the window', () => {
    const policy = new RestartPolicy(() => 0);
    for (let i = 0; i < 5; i++) policy.onExit(i, 0);
    expect(policy.onExit(60_010, 0).state).toBe('backoff');
  });
});
