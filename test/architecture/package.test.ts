import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Locked {
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

/** `npm ci` refuses a lock in which an optional package of another platform is missing: `npm install` on a
 * registry that lacks it writes just that, without a word. */
it('the lock file holds the packages of every platform, and names no registry', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const entries = Object.entries(lock.packages);
  const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(entries.length).toBeGreaterThan(200);
  expect(missing).toEqual([]);
  expect(entries.filter(([, { resolved }]) => resolved)).toEqual([]);
});
