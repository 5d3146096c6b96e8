import * as fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  fitLine,
  fitText,
  lineText,
  lineWidth,
  safeText,
  span,
  width,
  wrap,
} from '../../src/cli/ui/cells.ts';
import { age, clockTime, elapsed, grouped, millis, preciseTimes, sparkline } from '../../src/cli/ui/words.ts';
import { holds } from './helpers/holds.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;evil\u0007',
        '\n',
        '\t',
        '\r',
        '👩‍👩‍👧',
        '🇩🇪',
        '日本',
        'e\u0301',
        '\u202e',
        '\u009b31m',
        'a',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('text on a row', () => {
  test('nothing that a terminal obeys gets through, whatever comes', () => {
    holds(
      fc.property(anyText, (text) => {
        expect(safeText(text)).not.toMatch(
          /\p{Cc}|\p{Zl}|\p{Zp}|\p{Bidi_Control}|\p{Variation_Selector}|\p{Join_Control}/u,
        );
      }),
      500,
    );
  });

  test('every cluster takes what its first character takes: no width that terminals disagree on', () => {
    holds(
      fc.property(anyText, (text) => {
        const safe = safeText(text);
        const byCharacter = [...safe].reduce(
          (sum, character) => sum + (/\p{Mn}/u.test(character) ? 0 : stringWidth(character)),
          0,
        );
        expect(width(safe)).toBe(byCharacter);
      }),
      500,
    );
  });

  test('is cut and padded to exactly the columns it gets', () => {
    holds(
      fc.property(
        anyText,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('left', 'right'),
        (text, columns, align) => {
          expect(stringWidth(fitText(safeText(text), columns, align))).toBe(columns);
        },
      ),
      500,
    );
  });

  test('a row of many pieces, too', () => {
    holds(
      fc.property(fc.array(anyText, { maxLength: 8 }), fc.integer({ min: 1, max: 60 }), (texts, columns) => {
        const line = fitLine(
          texts.map((text) => span(text)),
          columns,
        );
        expect(lineWidth(line)).toBe(columns);
        expect(stringWidth(lineText(line))).toBe(columns);
      }),
      500,
    );
  });

  test('wrapped, no line is too wide and none is missing', () => {
    expect(wrap('close the other Chromium that uses this profile', 20, 2)).toEqual([
      'close the other',
      'Chromium that uses …',
    ]);
    expect(wrap('short', 20, 2)).toEqual(['short']);
    expect(wrap('', 20, 2)).toEqual([]);
  });

  test('a megabyte costs no more than a row', () => {
    expect(safeText('x'.repeat(1_000_000)).length).toBeLessThanOrEqual(1024);
  });
});

describe('numbers on a row keep to their columns', () => {
  test.each([
    [0, '0'],
    [0.42, '0.4'],
    [9.96, '10'],
    [1240.4, '1240'],
    [120_000, '120s'],
  ])('millis(%d)', (ms, text) => expect(millis(ms)).toBe(text));

  test.each([
    [0.4, '0.4ms'],
    [640, '640ms'],
    [1800, '1.8s'],
    [250_000, '4m10s'],
    [7_500_000, '2h05'],
  ])('elapsed(%d)', (ms, text) => expect(elapsed(ms)).toBe(text));

  test.each([
    [-5, '0s'],
    [59_999, '59s'],
    [7_500_000, '2h05'],
    [112_000_000, '31h'],
    [400_000_000, '4d'],
  ])('age(%d)', (ms, text) => expect(age(ms)).toBe(text));

  test('widths hold for any duration', () => {
    holds(
      fc.property(fc.double({ min: 0, max: 90 * 86_400_000, noNaN: true }), (ms) => {
        expect(age(ms).length).toBeLessThanOrEqual(4);
        expect(millis(ms).length).toBeLessThanOrEqual(8);
        if (ms < 9_999_000) expect(millis(ms).length).toBeLessThanOrEqual(5);
      }),
    );
  });

  test('thousands are grouped, sparklines padded', () => {
    expect(grouped(1_234_567)).toBe('1,234,567');
    expect(sparkline([0, 5, 10], 5)).toBe('▁▁▁▅█');
  });

  test.each(['UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns'])(
    'times of day are those of the clock on the wall in %s, whenever it is moved',
    (zone) => {
      const before = process.env.TZ;
      process.env.TZ = zone;
      try {
        holds(
          fc.property(fc.array(fc.integer({ min: 1.5e12, max: 2e12 }), { maxLength: 20 }), (times) => {
            const precise = preciseTimes();
            for (const at of times)
              expect(precise(at)).toBe(`${clockTime(at)}.${String(at % 1000).padStart(3, '0')}`);
          }),
        );
      } finally {
        process.env.TZ = before;
      }
    },
  );

  test('a sparkline begins at 0 and ends at the highest that is shown: a steady rate is a flat line', () => {
    expect(sparkline([900, 18, 20, 19, 20, 18, 19], 6)).toMatch(/^[▇█]{6}$/);
    expect(sparkline([0, 1, 1, 0, 2, 1], 6)).toMatch(/^[▁▂]{6}$/);
    expect(sparkline([100, 50, 100, 0], 4)).toBe('█▅█▁');
  });
});
