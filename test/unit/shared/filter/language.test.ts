import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_NAMES, FIELDS } from '../../../../src/shared/filter/fields.ts';
import { type Filter, matches, parseFilter } from '../../../../src/shared/filter/filter.ts';
import { formatFilter } from '../../../../src/shared/filter/format.ts';
import type { Subject } from '../../../../src/shared/filter/subject.ts';

describe('any text', () => {
  it('is a filter, or an error at one of its columns', () => {
    fc.assert(
      fc.property(fc.oneof(units(), filterText(), scribble()), subject(), (text, row) => {
        const parsed = parseFilter(text);
        if (parsed.ok) {
          expect(matches(parsed.filter, row)).toBeTypeOf('boolean');
          return;
        }
        const { at, message, hint } = parsed.error;
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(text.length);
        expect([message, hint].filter((words) => !/^.+[.?]$/su.test(words))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('any filter', () => {
  it('is the same after it was formatted and parsed again', () => {
    fc.assert(
      fc.property(filterText(), fc.array(subject(), { minLength: 1, maxLength: 8 }), (text, rows) => {
        const filter = parsed(text);
        const again = parsed(formatFilter(filter));
        expect(rows.map((row) => matches(again, row))).toEqual(rows.map((row) => matches(filter, row)));
        expect(formatFilter(again)).toBe(formatFilter(filter));
      }),
      { numRuns: 500 },
    );
  });

  it('is itself when negated twice, and the opposite when negated once', () => {
    fc.assert(
      fc.property(filterText(), subject(), (text, row) => {
        const plain = matches(parsed(text), row);
        expect(matches(parsed(`-(${text})`), row)).toBe(!plain);
        expect(matches(parsed(`-(-(${text}))`), row)).toBe(plain);
        expect(matches(parsed(`--(${text})`), row)).toBe(plain);
      }),
    );
  });

  it('joins by AND and OR as logic has it', () => {
    fc.assert(
      fc.property(filterText(), filterText(), subject(), (a, b, row) => {
        const [left, right] = [matches(parsed(a), row), matches(parsed(b), row)];
        expect(matches(parsed(`(${a}) (${b})`), row)).toBe(left && right);
        expect(matches(parsed(`${a} | ${b}`), row)).toBe(left || right);
      }),
    );
  });

  it('finds text that stands in quotes, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const filter = parsed(`text:"${text.replace(/["\\]/g, '\\$&')}"`);
        expect(matches(filter, { text: `before ${text} after` })).toBe(true);
        expect(matches(parsed(formatFilter(filter)), { text })).toBe(true);
      }),
    );
  });
});

describe('the table of fields', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../../docs/filter.md'), 'utf8');

  it('is what docs/filter.md says', () => {
    const rows = FIELD_NAMES.map((name) => {
      const { kind, about, examples } = FIELDS[name];
      const written = kind === 'number' ? name : `${name}:`;
      return `| \`${written}\` | ${about} | ${examples.map((example) => `\`${example}\``).join(', ')} |`;
    });
    const table = docs.slice(docs.indexOf('| field |')).split('\n\n', 1)[0];
    expect(table?.split('\n').slice(2)).toEqual(rows);
  });

  it('and every example, here and there, is a filter', () => {
    const examples = FIELD_NAMES.flatMap((name) => [...FIELDS[name].examples]);
    const words = docs.slice(docs.indexOf('| written |'), docs.indexOf('## Fields'));
    const written = [...words.matchAll(/^\| `(.+?)` \|/gm)].map(([, text = '']) =>
      text.replaceAll('\\|', '|'),
    );
    const blocks = [...docs.matchAll(/^ {4}(.+)$/gm)].map(([, text = '']) => text);
    expect([written.length, blocks.length]).toEqual([9, 3]);
    for (const text of [...examples, ...written, ...blocks])
      expect([text, parseFilter(text).ok]).toEqual([text, true]);
  });
});

function parsed(text: string): Filter {
  const result = parseFilter(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.message}`);
  return result.filter;
}

const WORDS = [
  'Page',
  'Page.navigate',
  'Fetch',
  'a',
  'B',
  '1',
  '17',
  '-32000',
  'a b',
  'é',
  '"',
  '\\',
  '(x)',
  '*',
  ',',
];

/** A filter that parses, of every operator. */
function filterText(): fc.Arbitrary<string> {
  const quoted = fc.constantFrom(...WORDS).map((word) => `"${word.replace(/["\\]/g, '\\$&')}"`);
  const plain = fc.constantFrom('Page', 'navigate', 'Page.*', '*a', 'a*b', '1', '17', 'a"b c"*', '**');
  const regex = fc.constantFrom('/a|b/', '/^page/', '/[/]b?/i', '/\\//', '/ /', '/\\bNav/');
  const value = fc.oneof(plain, quoted, regex);
  const values = fc.array(value, { minLength: 1, maxLength: 3 }).map((each) => each.join());
  const named = fc.constantFrom('client', 'tab', 'session', 'id', 'domain', 'method', 'url', 'code', 'text');
  const number = fc.tuple(
    fc.constantFrom('ms', 'size', 'ms:'),
    fc.constantFrom('>', '>=', '<', '<=', '='),
    fc.constantFrom('0', '2', '17', '1.5', '0.002'),
  );
  const term = fc.oneof(
    value,
    fc.tuple(named, values).map(([name, each]) => `${name}:${each}`),
    fc.constantFrom('dir:in', 'dir:out,event', 'status:ok', 'status:err,open'),
    fc.tuple(number, fc.constantFrom('', 's', 'ms')).map(([[name, sign, digits], unit]) => {
      const sized = name === 'size' ? unit.replace(/^m?s$/, 'k') : unit;
      return name + sign + digits + sized;
    }),
  );
  return fc.letrec<{ all: string }>((tie) => ({
    all: fc.oneof(
      { maxDepth: 3 },
      term,
      tie('all').map((inner) => `-(${inner})`),
      term.map((each) => `-${each}`),
      fc.tuple(tie('all'), tie('all')).map(([a, b]) => `(${a}) ${b}`),
      fc.tuple(tie('all'), tie('all')).map(([a, b]) => `${a}|${b}`),
      fc.tuple(tie('all'), tie('all')).map(([a, b]) => `(${a} | ${b})`),
    ),
  })).all;
}

/** Any UTF-16 units, halves of surrogate pairs included. */
function units(): fc.Arbitrary<string> {
  return fc.array(fc.nat(0xffff), { maxLength: 12 }).map((each) => String.fromCharCode(...each));
}

/** What somebody types who knows the signs but not where they belong. */
function scribble(): fc.Arbitrary<string> {
  const signs = ['(', ')', '|', '-', '"', '/', '*', ',', ':', '>', '=', ' ', '\\', '[', '{1}', '?', '+', '^'];
  return fc
    .array(fc.constantFrom(...signs, 'a', '1', 'k', 's', ...FIELD_NAMES), { maxLength: 12 })
    .map((parts) => parts.join(''));
}

function subject(): fc.Arbitrary<Subject> {
  const text = fc.option(fc.constantFrom('', ...WORDS, 'Page.navigated', 'xa b', '/b'));
  const number = fc.option(fc.constantFrom(0, 1, 1.5, 2, 17, 1500, 17_000));
  return fc.record(
    {
      method: text,
      dir: fc.constantFrom('command', 'answer', 'event'),
      client: text,
      clientName: text,
      target: text,
      tab: fc.oneof(text, number),
      sessionId: text,
      id: fc.oneof(text, number),
      url: text,
      outcome: fc.constantFrom('open', 'ok', 'error', 'lost'),
      code: fc.oneof(text, number, fc.constant(-32000)),
      ms: number,
      bytes: number,
      error: text,
      text,
    },
    { requiredKeys: [] },
  );
}
