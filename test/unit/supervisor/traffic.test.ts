import { expect, test } from 'vitest';
import type { ToGateway, Watch } from '../../../src/shared/ipc.ts';
import { Traffic } from '../../../src/supervisor/traffic.ts';

const ALL: Watch = { filter: '', bodies: false };
const PAGES: Watch = { filter: 'domain:Page', bodies: true };

/** The gateway's end, and who was told rows. */
function setUp() {
  const sent: ToGateway[] = [];
  const told: boolean[][] = [];
  const traffic = new Traffic(
    {
      send: (message) => void sent.push(message),
      ask: () => Promise.reject(new Error('nothing is asked here')),
    },
    (_, isFor) => void told.push([isFor(ALL), isFor(PAGES), isFor({ ...ALL })]),
  );
  return { traffic, told, sent: () => sent.splice(0) };
}

test('those who want the same share one watch, which ends with the last of them', () => {
  const { traffic, sent } = setUp();
  traffic.watch([ALL, { ...ALL }, PAGES]);
  expect(sent()).toEqual([
    { type: 'watch', watch: 1, ...ALL },
    { type: 'watch', watch: 2, ...PAGES },
  ]);
  traffic.watch([ALL]);
  expect(sent()).toEqual([{ type: 'unwatch', watch: 2 }]);
  traffic.watch([ALL, ALL]);
  expect(sent()).toEqual([]);
  traffic.watch([]);
  expect(sent()).toEqual([{ type: 'unwatch', watch: 1 }]);
});

test('rows go to those who want what they are the answer to, and late ones to nobody', () => {
  const { traffic, told } = setUp();
  traffic.watch([ALL, PAGES]);
  traffic.told(2, { frames: [], exchanges: [] });
  traffic.told(1, { frames: [], exchanges: [] });
  expect(told).toEqual([
    [false, true, false],
    [true, false, true],
  ]);
  traffic.watch([ALL]);
  traffic.told(2, { frames: [], exchanges: [] });
  expect(told).toHaveLength(2);
});

test('a new gateway is told all of it again', () => {
  const { traffic, sent } = setUp();
  traffic.watch([ALL, PAGES]);
  sent();
  traffic.again();
  expect(sent()).toEqual([
    { type: 'watch', watch: 1, ...ALL },
    { type: 'watch', watch: 2, ...PAGES },
  ]);
});
