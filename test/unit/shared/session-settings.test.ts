import { expect, it } from 'vitest';
import { idleText, sessionIdle } from '../../../src/shared/session-settings.ts';

const idle = (value: string) => sessionIdle({ value, from: `--session-idle ${value}` });

it('is half an hour where nothing is said', () => {
  expect(sessionIdle(null)).toBe(1_800_000);
});

it.each([
  ['1s', 1000, '1s'],
  ['90s', 90_000, '90s'],
  ['45m', 2_700_000, '45m'],
  ['60m', 3_600_000, '1h'],
  ['8h', 28_800_000, '8h'],
  ['2d', 172_800_000, '2d'],
  ['0', 0, '0'],
])('takes %s, which is said as %s ms', (given, ms, text) => {
  expect(idle(given)).toBe(ms);
  expect(idleText(ms)).toBe(text);
});

it.each(['', '30', '0s', '-1m', '1.5h', '1 h', '100000d', 'never', '1h30m'])('refuses %j', (given) => {
  expect(() => idle(given)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: `--session-idle ${given} is no time` }),
  );
});
