import { expect, test } from 'vitest';
import { maxConnections } from '../../../src/gateway/descriptors.ts';

test.each([
  ['without a limit', Number.POSITIVE_INFINITY, 4096],
  ['with a high one', 20_000, 4096],
  ['with the usual one', 1024, 960],
  ['with a low one', 128, 64],
  ['with fewer than it needs itself', 40, 10],
])('connections leave the gateway its own descriptors, %s', (_, limit, connections) => {
  expect(maxConnections(4096, limit)).toBe(connections);
});
