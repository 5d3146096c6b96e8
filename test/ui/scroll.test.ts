import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FLOWING,
  type Flow,
  kept,
  newRows,
  paused,
  resumed,
  rowsOf,
  scrolled,
} from '../../src/cli/ui/flow.ts';
import { SeqRing } from '../../src/cli/ui/rows.ts';
import { type Move, windowOf } from '../../src/cli/ui/scroll.ts';
import { holds } from './helpers/holds.ts';

interface Item {
  readonly seq: number;
}

const MOVES: Move[] = ['up', 'down', 'page-up', 'page-down', 'half-up', 'half-down', 'first', 'last'];
const CAPACITY = 40;

/** What can happen to a flowing pane: rows come, a key moves, the view is paused or goes on, a tick trims. */
type Step = { add: number } | { move: Move } | { pause: true } | { tick: true };
const steps = fc.array(
  fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ move: fc.constantFrom(...MOVES) }),
    fc.constant({ pause: true } as const),
    fc.constant({ tick: true } as const),
  ),
  { maxLength: 60 },
);

/** The pane with the list behind it, as the controller drives them. */
class Bench {
  readonly ring = new SeqRing<Item>(CAPACITY);
  readonly height: number;
  flow: Flow<Item> = FLOWING;
  isPaused = false;
  #seq = 0;

  constructor(height: number) {
    this.height = height;
  }

  do(step: Step): void {
    if ('add' in step) for (let i = 0; i < step.add; i++) this.ring.put({ seq: ++this.#seq });
    else if ('move' in step) {
      this.flow = scrolled(this.flow, this.ring, {
        move: step.move,
        height: this.height,
        paused: this.isPaused,
      });
    } else if ('pause' in step) {
      this.flow = this.isPaused ? resumed(this.flow, this.ring) : paused(this.flow, this.ring);
      this.isPaused = !this.isPaused;
    } else {
      this.flow = kept(this.flow, this.ring);
      this.ring.trim();
    }
  }

  get window() {
    return windowOf(this.flow.scroll, rowsOf(this.flow, this.ring), this.height);
  }

  visible(): number[] {
    const rows = rowsOf(this.flow, this.ring);
    const { top } = this.window;
    return Array.from(
      { length: Math.min(this.height, rows.length - top) },
      (_, i) => rows.at(top + i)?.value.seq ?? -1,
    );
  }

  selected(): number | undefined {
    return rowsOf(this.flow, this.ring).at(this.window.cursor)?.value.seq;
  }
}

const world = fc.record({ height: fc.integer({ min: 1, max: 12 }), steps });

describe('a flowing list', () => {
  test('shows rows in order, without gaps, and the cursor is among them', () => {
    holds(
      fc.property(world, ({ height, steps }) => {
        const bench = new Bench(height);
        for (const step of steps) {
          bench.do(step);
          const rows = rowsOf(bench.flow, bench.ring);
          const { top, cursor } = bench.window;
          if (rows.length === 0) continue;
          expect(top).toBeGreaterThanOrEqual(0);
          expect(cursor).toBeGreaterThanOrEqual(top);
          expect(cursor).toBeLessThan(Math.min(rows.length, top + height));
          // A full pane wherever there are rows enough to fill it.
          expect(bench.visible().length).toBe(Math.min(height, rows.length));
        }
      }),
    );
  });

  test('never moves by itself once it is locked or paused: the same rows, whatever comes and is let go', () => {
    holds(
      fc.property(world, ({ height, steps }) => {
        const bench = new Bench(height);
        for (const step of steps) {
          const still = (!bench.flow.scroll.follow || bench.isPaused) && ('add' in step || 'tick' in step);
          const before = { rows: bench.visible(), selected: bench.selected() };
          bench.do(step);
          if (!still || before.rows.length === 0) continue;
          expect(bench.selected()).toBe(before.selected);
          // What came may fill blank rows below; what was there stays where it was.
          expect(bench.visible().slice(0, before.rows.length)).toEqual(before.rows);
        }
      }),
    );
  });

  test('following, it shows the newest row and counts nothing as new', () => {
    holds(
      fc.property(world, ({ height, steps }) => {
        const bench = new Bench(height);
        for (const step of steps) {
          bench.do(step);
          if (!bench.flow.scroll.follow || bench.isPaused) continue;
          expect(bench.selected()).toBe(bench.ring.at(bench.ring.length - 1)?.value.seq);
          expect(newRows(bench.flow, bench.ring)).toBe(0);
        }
      }),
    );
  });

  test('G follows from anywhere, and what is "new" is what came since the view stood still', () => {
    holds(
      fc.property(world, fc.integer({ min: 1, max: 100 }), ({ height, steps }, more) => {
        const bench = new Bench(height);
        bench.do({ add: 20 });
        for (const step of steps) bench.do(step);
        if (bench.isPaused) bench.do({ pause: true });
        bench.do({ move: 'last' });
        expect(bench.flow).toEqual(FLOWING);
        bench.do({ move: 'up' });
        bench.do({ add: more });
        bench.do({ tick: true });
        expect(newRows(bench.flow, bench.ring)).toBe(more);
      }),
    );
  });

  test('moving down onto the last row follows; onto the last row of a copy whose rest is gone it does not', () => {
    const bench = new Bench(5);
    bench.do({ add: 20 });
    bench.do({ move: 'up' });
    expect(bench.flow.scroll.follow).toBe(false);
    bench.do({ move: 'down' });
    expect(bench.flow).toEqual(FLOWING);
    bench.do({ move: 'page-up' });
    bench.do({ add: 200 });
    bench.do({ tick: true });
    expect(bench.flow.frozen).not.toBeNull();
    for (let i = 0; i < 500; i++) bench.do({ move: 'down' });
    expect(bench.flow.scroll.follow).toBe(false);
    expect(bench.selected()).toBe(220);
  });

  test('one row more or less of height moves the window no further than the cursor needs', () => {
    holds(
      fc.property(world, fc.integer({ min: 1, max: 12 }), ({ height, steps }, other) => {
        const bench = new Bench(height);
        for (const step of steps) bench.do(step);
        const rows = rowsOf(bench.flow, bench.ring);
        if (rows.length === 0) return;
        const { cursor } = bench.window;
        const resized = windowOf(bench.flow.scroll, rows, other);
        expect(resized.cursor).toBe(cursor);
        expect(resized.top).toBeLessThanOrEqual(cursor);
        expect(resized.top + other).toBeGreaterThan(cursor);
      }),
    );
  });
});

describe('the ring', () => {
  test('holds the newest rows in order, however they come: late, twice, out of order', () => {
    holds(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 300 }), (seqs) => {
        const ring = new SeqRing<Item>(500);
        for (const seq of seqs) ring.put({ seq });
        const held = Array.from({ length: ring.length }, (_, i) => ring.at(i)?.value.seq);
        expect(held).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        expect(ring.added).toBe(held.length);
      }),
    );
  });

  test('trims to its capacity and finds every row that it holds', () => {
    holds(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 30 }), (batches) => {
        const ring = new SeqRing<Item>(CAPACITY);
        let seq = 0;
        for (const size of batches) {
          for (let i = 0; i < size; i++) ring.put({ seq: ++seq });
          ring.trim();
          expect(ring.length).toBe(Math.min(CAPACITY, seq));
          expect(ring.at(ring.length - 1)?.value.seq).toBe(seq);
          for (let i = 0; i < ring.length; i++) expect(ring.indexOf(ring.at(i)?.key ?? -1)).toBe(i);
        }
      }),
    );
  });

  test('a frozen copy keeps what the ring changes or lets go', () => {
    const ring = new SeqRing<Item & { word?: string }>(3);
    for (const seq of [1, 2, 3]) ring.put({ seq });
    const copy = ring.freeze();
    ring.put({ seq: 2, word: 'changed' });
    for (const seq of [4, 5, 6]) ring.put({ seq });
    ring.trim();
    expect(Array.from({ length: copy.length }, (_, i) => copy.at(i)?.value)).toEqual([
      { seq: 1 },
      { seq: 2 },
      { seq: 3 },
    ]);
  });

  test('a source that numbers anew goes on behind what is there', () => {
    const ring = new SeqRing<Item>(10);
    for (const seq of [1, 2, 3]) ring.put({ seq });
    ring.renumber();
    for (const seq of [1, 2]) ring.put({ seq });
    expect(Array.from({ length: ring.length }, (_, i) => ring.at(i)?.value.seq)).toEqual([1, 2, 3, 1, 2]);
  });
});
