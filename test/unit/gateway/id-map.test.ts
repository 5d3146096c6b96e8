import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdMap } from '../../../src/gateway/mux/id-map.ts';

test('ids start over after 2^31 - 1 and skip those still waited for', () => {
  const map = new IdMap<string>(0x7fffffff - 1);
  expect(map.add('last')).toBe(0x7fffffff);
  expect(map.add('first')).toBe(1);
  const again = new IdMap<string>(0);
  expect(again.add('slow')).toBe(1);
  const wrapped = new IdMap<string>(0x7fffffff);
  expect(wrapped.add('a')).toBe(1);
});

test('a pending id is never given out twice, across the wrap', () => {
  const map = new IdMap<number>(0x7fffffff - 3);
  const ids = Array.from({ length: 6 }, (_, n) => map.add(n));
  expect(ids).toEqual([0x7fffffff - 2, 0x7fffffff - 1, 0x7fffffff, 1, 2, 3]);
  expect(map.take(1)).toBe(3);
  expect(map.take(1)).toBeUndefined();
});

test('takes back exactly what was put in, whatever the order of adding and taking', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0x7fffffff }),
      fc.array(fc.option(fc.nat(50)), { maxLength: 200 }),
      (start, steps) => {
        const map = new IdMap<number>(start);
        const waiting = new Map<number, number>();
        for (const [n, step] of steps.entries()) {
          if (step === null) {
            const id = map.add(n);
            expect(waiting.has(id)).toBe(false);
            expect(id >= 1 && id <= 0x7fffffff).toBe(true);
            waiting.set(id, n);
          } else {
            const id = [...waiting.keys()][step];
            if (id === undefined) continue;
            expect(map.take(id)).toBe(waiting.get(id));
            waiting.delete(id);
          }
        }
        expect(map.size).toBe(waiting.size);
        expect(map.takeWhere(() => true)).toEqual([...waiting.values()]);
        expect(map.size).toBe(0);
      },
    ),
  );
});
