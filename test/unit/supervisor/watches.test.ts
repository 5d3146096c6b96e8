import { expect, test } from 'vitest';
import type { ToGateway, Watch } from '../../../src/shared/ipc.ts';
import { Watches } from '../../../src/supervisor/watches.ts';

const ALL: Watch = { filter: '', bodies: false };
const PAGES: Watch = { filter: 'domain:Page', bodies: true };

/** The gateway's end, and who was told rows. */
function setUp() {
  const sent: ToGateway[] = [];
  const told: boolean[][] = [];
  const watches = new Watches(
    (message) => void sent.push(message),
    (_, isFor) => void told.push([isFor(ALL), isFor(PAGES), isFor({ ...ALL })]),
  );
  return { watches, told, sent: () => sent.splice(0) };
}

test('those who want the same share one watch, which ends with the last of them', () => {
  const { watches, sent } = setUp();
  watches.set([ALL, { ...ALL }, PAGES]);
  expect(sent()).toEqual([
    { type: 'watch', watch: 1, ...ALL },
    { type: 'watch', watch: 2, ...PAGES },
  ]);
  watches.set([ALL]);
  expect(sent()).toEqual([{ type: 'unwatch', watch: 2 }]);
  watches.set([ALL, ALL]);
  expect(sent()).toEqual([]);
  watches.set([]);
  expect(sent()).toEqual([{ type: 'unwatch', watch: 1 }]);
});

test('rows go to those who want what they are the answer to, and late ones to nobody', () => {
  const { watches, told } = setUp();
  watches.set([ALL, PAGES]);
  watches.told(2, { frames: [], exchanges: [] });
  watches.told(1, { frames: [], exchanges: [] });
  expect(told).toEqual([
    [false, true, false],
    [true, false, true],
  ]);
  watches.set([ALL]);
  watches.told(2, { frames: [], exchanges: [] });
  expect(told).toHaveLength(2);
});

test('a new gateway is told all of it again', () => {
  const { watches, sent } = setUp();
  watches.set([ALL, PAGES]);
  sent();
  watches.again();
  expect(sent()).toEqual([
    { type: 'watch', watch: 1, ...ALL },
    { type: 'watch', watch: 2, ...PAGES },
  ]);
});
