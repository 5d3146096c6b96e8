import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Every process that a test starts compiles the same files, and takes the types off those of src, again: once is enough. */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

/** Projects from the quick and pure to the slow and real; each knows what it may cost. */
function project(name: string, extra: Record<string, unknown> = {}) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.{ts,tsx}`],
      // A condition that is waited for comes late on a busy machine.
      expect: { poll: { timeout: 10_000 } },
      ...extra,
    },
  };
}

/** Starting a worker and loading the same modules costs more than most of these files. */
const shared = { isolate: false, setupFiles: ['test/helpers/left-behind.ts'] };

/** Real processes and a real browser: its path comes from the product's own detection and installation. */
const real = { globalSetup: ['test/helpers/browser-setup.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      project('architecture'),
      project('unit', { ...shared, testTimeout: 20_000 }),
      {
        ...project('ui', { env: { NODE_ENV: 'production' }, testTimeout: 20_000 }),
        oxc: { jsx: { runtime: 'automatic', development: false } },
      },
      project('integration', { ...shared, testTimeout: 30_000, hookTimeout: 30_000 }),
      project('browser', real),
      project('headful', {
        ...real,
        globalSetup: [...real.globalSetup, 'test/helpers/display-setup.ts'],
      }),
      project('e2e', real),
    ],
    maxWorkers: 2,
  },
});
