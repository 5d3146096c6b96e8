/** The long proofs are to run, too: `npm run test:full`. */
export const FULL = process.env.CDP_HUB_TEST_FULL === '1';

/** All of them with the long proofs, else those of `short`: the suite that runs at each change stays within minutes. */
export function inFull<const T>(all: readonly T[], short: readonly T[]): readonly T[] {
  return FULL ? all : short;
}
