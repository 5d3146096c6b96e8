import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { durationSetting } from '../../../src/shared/duration-setting.ts';
import { IdleExit } from '../../../src/supervisor/idle-exit.ts';

describe('a hub that nobody owns', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const hub = (ms: number | null) => {
    const end = vi.fn();
    const state = { somebody: true };
    const idle = new IdleExit(ms, { somebody: () => state.somebody, end });
    const become = (somebody: boolean) => {
      state.somebody = somebody;
      idle.check();
    };
    return { end, idle, become };
  };

  it('ends when nobody has been there for its time, and not before', () => {
    const { end, become } = hub(1000);
    become(true);
    vi.advanceTimersByTime(5000);
    become(false);
    vi.advanceTimersByTime(999);
    expect(end).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(end).toHaveBeenCalledOnce();
  });

  it('begins to count anew with whoever comes, not with what else is told', () => {
    const { end, become } = hub(1000);
    become(false);
    vi.advanceTimersByTime(600);
    become(true);
    vi.advanceTimersByTime(600);
    become(false);
    vi.advanceTimersByTime(600);
    expect(end).not.toHaveBeenCalled();
    become(false);
    vi.advanceTimersByTime(400);
    expect(end).toHaveBeenCalledOnce();
  });

  it('never ends without a time, nor once it is closed', () => {
    const never = hub(null);
    never.become(false);
    const closed = hub(1000);
    closed.become(false);
    closed.idle.close();
    vi.advanceTimersByTime(1e9);
    expect(never.end).not.toHaveBeenCalled();
    expect(closed.end).not.toHaveBeenCalled();
  });
});

describe('--idle-exit', () => {
  it.each([
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['0', null],
    [undefined, null],
  ])('%s is %s', (given, ms) => expect(durationSetting('--idle-exit', given)).toBe(ms));

  it.each(['5', '0s', '-1s', '1.5h', 'soon', '30d', ''])('%j is refused', (given) =>
    expect(() => durationSetting('--idle-exit', given)).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('--idle-exit 5m') }),
    ),
  );
});
