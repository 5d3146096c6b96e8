import { describe, expect, it } from 'vitest';
import { Regex } from '../../../../src/shared/filter/regex.ts';
import { MAX_SUBJECT } from '../../../../src/shared/filter/subject.ts';

describe('a regular expression of the filter', () => {
  it.each([
    ['^page\\.(navigate|reload)$', ['Page.navigate', 'PAGE.RELOAD'], ['Page.navigated', 'xPage.reload']],
    ['\\bid=\\d{2,3}\\b', ['?id=12', 'a id=123&b'], ['id=1', 'id=1234', 'uid=12']],
    ['[^\\W\\d]', ['a', '_'], ['1', '-', 'é']],
    ['é|[à-ä]', ['É', 'Â'], ['e', 'o']],
    ['a{2}', ['xaax'], ['aba']],
    ['\\x41\\x{42}\\t', ['ab\t'], ['ab ']],
    ['a.c', ['abc', 'a😀c'], ['a\nc']],
    ['^\\p{Greek}+$', ['Λόγος'], ['logos']],
    ['', ['', 'x'], []],
    ['{x}', ['a{x}'], ['x']],
  ])('/%s/', (pattern, found, missed) => {
    const regex = new Regex(pattern);
    expect(found.filter((text) => !regex.test(text))).toEqual([]);
    expect(missed.filter((text) => regex.test(text))).toEqual([]);
  });

  // Each of these takes the built-in engine longer than anybody waits.
  it.each([
    ['(a+)+$', `${'a'.repeat(MAX_SUBJECT - 1)}!`],
    ['(a|a)*b', 'a'.repeat(MAX_SUBJECT)],
    ['(a*)*(a*)*(a*)*b', 'a'.repeat(MAX_SUBJECT)],
    ['(.*)(.*)(.*)(.*)(.*)[^ab]$', 'ab'.repeat(MAX_SUBJECT / 2)],
    ['^(([a-z])+.)+[A-Z]([a-z])+9$', 'a'.repeat(MAX_SUBJECT)],
    // The number of its states doubles with each of the last repeats.
    ['[ab]*a[ab]{120}c', text('ab', 7, MAX_SUBJECT)],
    ['(a?){30}(b?){30}a{60}[^ab]', text('ab', 3, MAX_SUBJECT)],
  ])('/%s/ is done with 8,192 characters that do not match in no time', (pattern, hostile) => {
    const regex = new Regex(pattern);
    const before = process.cpuUsage();
    expect(regex.test(hostile)).toBe(false);
    expect(regex.test(hostile)).toBe(false);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });

  it('reads the first 8,192 characters of a text', () => {
    const regex = new Regex('x');
    expect(regex.test(`${'a'.repeat(MAX_SUBJECT - 1)}x`)).toBe(true);
    expect(regex.test(`${'a'.repeat(MAX_SUBJECT)}x`)).toBe(false);
  });
});

/** Text of these letters that looks random, the same for the same seed. */
function text(letters: string, seed: number, length: number): string {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return letters[(state >> 16) % letters.length];
  }).join('');
}
