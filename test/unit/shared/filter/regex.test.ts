import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Regex } from '../../../../src/shared/filter/regex.ts';
import { MAX_SUBJECT } from '../../../../src/shared/filter/subject.ts';

describe('a regular expression of the filter', () => {
  it('finds what JavaScript finds', () => {
    fc.assert(
      fc.property(source(), fc.array(subject(), { minLength: 1, maxLength: 5 }), (pattern, texts) => {
        const ours = new Regex(pattern);
        const theirs = new RegExp(pattern, 'i');
        for (const text of texts) expect([text, ours.test(text)]).toEqual([text, theirs.test(text)]);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['^page\\.(navigate|reload)$', ['Page.navigate', 'PAGE.RELOAD'], ['Page.navigated', 'xPage.reload']],
    ['\\bid=\\d{2,3}\\b', ['?id=12', 'a id=123&b'], ['id=1', 'id=1234', 'uid=12']],
    ['[^\\W\\d]', ['a', '_'], ['1', '-', 'é']],
    ['é|[à-ä]', ['É', 'Â'], ['e', 'o']],
    ['a{2}', ['xaax'], ['aba']],
    ['\\x41\\u0042\\t', ['ab\t'], ['ab ']],
    ['a.c', ['abc', 'a\ud83dc'], ['a\nc']],
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

  it('still answers right when its states were forgotten more often than it likes', () => {
    const pattern = '[ab]*a[ab]{14}c';
    const [ours, theirs] = [new Regex(pattern), new RegExp(pattern, 'i')];
    for (let seed = 1; seed < 100; seed++) {
      const subject = `${text('ab', seed, 200)}${seed % 2 ? 'c' : ''}`;
      expect(ours.test(subject)).toBe(theirs.test(subject));
    }
  });
});

/** Expressions of what both engines know. */
function source(): fc.Arbitrary<string> {
  const { node } = fc.letrec<{ node: string; atom: string }>((tie) => ({
    atom: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('a', 'b', 'B', 'ß', 'É', ' ', '1', '.', '\\d', '\\W', '\\s', '\\.', '\\n'),
      fc.constantFrom('[ab]', '[^a]', '[a-c1]', '[^\\d_]', '[\\w-]', '[^]', '[]', '[à-é]'),
      tie('node').map((inner) => `(${inner})`),
      tie('node').map((inner) => `(?:${inner})`),
    ),
    node: fc
      .array(
        fc.oneof(
          { weight: 5, arbitrary: fc.tuple(tie('atom'), quantifier()).map(([atom, many]) => atom + many) },
          { weight: 1, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B', '|') },
        ),
        { maxLength: 4 },
      )
      .map((parts) => parts.join('')),
  }));
  return node.filter((pattern) => pattern.length <= 60);
}

function quantifier(): fc.Arbitrary<string> {
  return fc.constantFrom('', '', '', '*', '+', '?', '*?', '{2}', '{1,2}', '{0,}');
}

function subject(): fc.Arbitrary<string> {
  return fc.string({
    unit: fc.constantFrom('a', 'A', 'b', 'c', '1', ' ', '.', 'é', 'ß', '\n', '_'),
    maxLength: 12,
  });
}

/** Text of these letters that looks random, the same for the same seed. */
function text(letters: string, seed: number, length: number): string {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return letters[(state >> 16) % letters.length];
  }).join('');
}
