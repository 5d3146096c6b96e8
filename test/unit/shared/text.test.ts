import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineReader } from '../../../src/shared/control.ts';
import { bytes, duration, oneLine } from '../../../src/shared/text.ts';

it('oneLine leaves nothing that a terminal would obey', () => {
  expect(oneLine('\u001b[31mred\u001b[0m\ntab\there\u0007 \u202eesrever')).toBe('red·tab·here· ·esrever');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is left is what is tested
      expect(oneLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

it('duration and bytes stay short', () => {
  expect([0.2, 940, 12_345, 200_000, 7_500_000, 3e8].map(duration)).toEqual([
    '0ms',
    '940ms',
    '12s',
    '3m',
    '2h05',
    '3d',
  ]);
  expect([0, 131, 999, 1000, 1449, 31_000, 999_600, 2.04e6, 4e9].map(bytes)).toEqual([
    '0',
    '131',
    '999',
    '1.0k',
    '1.4k',
    '31k',
    '1.0M',
    '2.0M',
    '4.0G',
  ]);
});

it('lineReader puts any chunking back together', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.array(fc.nat(40)), (values, cuts) => {
      const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
      const seen: unknown[] = [];
      const read = lineReader((value) => seen.push(value));
      let at = 0;
      for (const cut of cuts) {
        read(text.slice(at, at + cut));
        at += cut;
      }
      read(text.slice(at));
      expect(seen).toEqual(JSON.parse(JSON.stringify(values)));
    }),
  );
  expect(() => lineReader(() => {})('not json\n')).toThrow(SyntaxError);
});
