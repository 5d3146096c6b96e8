import { expect, it } from 'vitest';
import { idleText, sessionIdle } from '../../../src/shared/session-settings.ts';

const idle = (value: string) => sessionIdle({ value, from: `CDP_HUB_SESSION_IDLE=${value}` });

it('is half an hour where nothing is said', () => {
  expect(sessionIdle(null)).toBe(1_800_000);
});

it.each([
  ['90s', 90_000],
  ['45m', 2_700_000],
  ['8h', 28_800_000],
  ['2d', 172_800_000],
  ['0', 0],
])('takes %s as %s ms', (given, ms) => {
  expect(idle(given)).toBe(ms);
});

it('says the same time in one way', () => {
  expect(idleText(idle('60m'))).toBe(idleText(idle('1h')));
  expect(idleText(0)).toBe('0');
});

it.each(['', '30', '0s', '-1m', '1.5h', '1 h', '100000d', 'never', '1h30m'])('refuses %j', (given) => {
  expect(() => idle(given)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: expect.stringContaining(`CDP_HUB_SESSION_IDLE ${given} is no duration`),
    }),
  );
});
