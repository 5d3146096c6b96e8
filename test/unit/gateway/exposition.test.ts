import { expect, test } from 'vitest';
import { exposition, histogram, single } from '../../../src/gateway/http/exposition.ts';
import { BOUNDS, Histogram } from '../../../src/gateway/traffic/durations.ts';
import { parsePrometheus } from '../../helpers/prometheus.ts';

test('a family is its help, its type and its samples', () => {
  expect(
    exposition([single('gauge', 'a_bytes', 'How many.', 1.5), single('counter', 'b_total', 'B.', 3)]),
  ).toBe(
    '# HELP a_bytes How many.\n# TYPE a_bytes gauge\na_bytes 1.5\n# HELP b_total B.\n# TYPE b_total counter\nb_total 3\n',
  );
});

test('help and label values cannot break out of their line', () => {
  const labels = { kind: 'a"b\\c\nd' };
  const text = exposition([
    { name: 'x', help: 'one\\two\nthree', type: 'gauge', samples: [{ labels, value: 1 }] },
  ]);
  expect(text.split('\n')).toEqual([
    '# HELP x one\\\\two\\nthree',
    '# TYPE x gauge',
    'x{kind="a\\"b\\\\c\\nd"} 1',
    '',
  ]);
  expect(parsePrometheus(text).get('x')?.samples).toHaveLength(1);
});

test('a histogram counts each duration into its bucket and all above, a bound into its own', () => {
  const durations = new Histogram();
  for (const ms of [0.1, 0.5, 0.6, 30_000, 30_001]) durations.add(ms);
  const text = exposition([histogram('d_seconds', 'D.', { bounds: BOUNDS, ...durations })]);
  const samples = parsePrometheus(text).get('d_seconds')?.samples ?? [];
  const bucket = (le: string) => samples.find(({ labels }) => labels.le === le)?.value;
  expect([bucket('0.5'), bucket('1'), bucket('10000'), bucket('30000'), bucket('+Inf')]).toEqual([
    2, 3, 3, 4, 5,
  ]);
  expect(samples.slice(-2).map(({ value }) => value)).toEqual(
    [60_002.2, 5].map((each) => expect.closeTo(each)),
  );
});

test.each([
  ['a sample without its type', 'x 1\n'],
  ['a type without help', '# TYPE x gauge\nx 1\n'],
  ['a stray sample', '# HELP x X.\n# TYPE x gauge\ny 1\n'],
  ['a series twice', '# HELP x X.\n# TYPE x gauge\nx{a="1"} 1\nx{a="1"} 2\n'],
  ['a broken label', '# HELP x X.\n# TYPE x gauge\nx{a="1} 1\n'],
  ['no number', '# HELP x X.\n# TYPE x gauge\nx one\n'],
  ['no end', '# HELP x X.\n# TYPE x gauge\nx 1'],
  ['no last bucket', '# HELP x X.\n# TYPE x histogram\nx_bucket{le="1"} 1\nx_sum 1\nx_count 1\n'],
])('the parser of these tests refuses %s', (_, text) => {
  expect(() => parsePrometheus(text)).toThrow();
});
