import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `npm test`: the checks one after the other, then all test projects; `--full` adds the long proofs. Every step
 * runs whatever the ones before said. The last line counts the tests from vitest's own report.
 */
const full = process.argv.includes('--full');
const folder = await mkdtemp(join(tmpdir(), 'cdp-hub-test-'));
const report = join(folder, 'report.json');

const steps: [name: string, command: string, ...args: string[]][] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '--noEmit'],
  ['dead code', 'knip'],
  ['build', 'npm', 'run', '--silent', 'build'],
  ['package', 'publint', '--strict'],
  ['tests', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
];

const failed: string[] = [];
for (const [name, command, ...args] of steps) {
  process.stdout.write(`\n── ${name}\n`);
  const began = performance.now();
  const code = await run(command, args);
  process.stdout.write(
    `── ${name}: ${code === 0 ? 'ok' : `failed (exit code ${code})`}, ${seconds(began)}\n`,
  );
  if (code !== 0) failed.push(name);
}

const counts = await readReport();
await rm(folder, { recursive: true, force: true });
if (failed.length > 0) process.stdout.write(`\nfailed steps: ${failed.join(', ')}\n`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
process.exitCode = failed.length === 0 && counts.failed === 0 && counts.passed > 0 ? 0 : 1;

function run(command: string, args: string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const env = { ...process.env, ...(full ? { CDP_HUB_TEST_FULL: '1' } : {}) };
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  child.once('error', reject);
  child.once('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  return promise;
}

/** The counts of vitest's JSON report (jest's format); all zero where it did not get as far as writing one. */
async function readReport(): Promise<{ passed: number; failed: number; skipped: number }> {
  const text = await readFile(report, 'utf8').catch(() => '{}');
  const {
    numPassedTests = 0,
    numFailedTests = 0,
    numPendingTests = 0,
    numTodoTests = 0,
  } = JSON.parse(text) as Record<string, number>;
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}
