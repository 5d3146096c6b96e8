import { expect, test } from 'vitest';
import { Pulse } from '../../../src/gateway/cdp/pulse.ts';

/** A pulse that is looked at every second of a time of its own. */
class Watched {
  now = 0;
  readonly pulse = new Pulse({ now: () => this.now, wall: () => 0 }, { ping: 5000, silence: 10_000 });

  /** When it asked, and what it told, in the next `seconds`. */
  look(seconds: number): { asked: number[]; told: [at: number, silentMs: number][] } {
    const asked: number[] = [];
    const told: [number, number][] = [];
    for (let n = 0; n < seconds; n += 1) {
      this.now += 1000;
      const { ask, silentMs } = this.pulse.look();
      if (ask) asked.push(this.now);
      if (silentMs !== null) told.push([this.now, silentMs]);
    }
    return { asked, told };
  }
}

test('a silent browser is asked once after 5 s, told of after 10 s, and again every 5 s', () => {
  expect(new Watched().look(21)).toEqual({
    asked: [5000],
    told: [
      [10_000, 10_000],
      [15_000, 15_000],
      [20_000, 20_000],
    ],
  });
});

test('whatever it says ends the silence at once; then it is asked anew', () => {
  const watched = new Watched();
  watched.look(12);
  expect(watched.pulse.heard()).toBe(true);
  expect(watched.pulse.heard()).toBe(false);
  expect(watched.look(9)).toEqual({ asked: [17_000], told: [] });
});

test('one that is busy is never asked', () => {
  const watched = new Watched();
  for (let n = 0; n < 20; n += 1) {
    expect(watched.pulse.heard()).toBe(false);
    expect(watched.look(4)).toEqual({ asked: [], told: [] });
  }
});

test('after a stall of our own it is asked first', () => {
  const watched = new Watched();
  watched.now = 600_000;
  expect(watched.look(3)).toEqual({ asked: [601_000], told: [] });
  expect(watched.look(4).told).toEqual([[606_000, 606_000]]);
});
