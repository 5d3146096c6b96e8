import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startToken } from '../../../src/shared/port-holder.ts';
import { lockHolder, releaseLock, takeLock } from '../../../src/supervisor/lock.ts';

let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-lock-'));
  lock = join(folder, 'supervisor.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of a state folder', () => {
  it('is taken, names its holder, refuses a second taker and is given back', () => {
    expect(takeLock(lock)).toBeNull();
    expect(lockHolder(lock)?.pid).toBe(process.pid);
    expect(takeLock(lock)?.pid).toBe(process.pid);
    releaseLock(lock);
    expect(lockHolder(lock)).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['a process that is gone', () => JSON.stringify({ pid: 2 ** 22 + 1, token: 'x' })],
    [
      'a pid that belongs to another process now',
      () => JSON.stringify({ pid: process.ppid, token: 'other-boot:1' }),
    ],
    ['nothing at all', () => ''],
    ['garbage', () => '{"pid":'],
    ['another program', () => '[1,2,3]'],
  ])('is taken over from %s', (_, content) => {
    writeFileSync(lock, content());
    expect(takeLock(lock)).toBeNull();
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toEqual({
      pid: process.pid,
      token: startToken(process.pid),
    });
    expect(readdirSync(folder)).toEqual(['supervisor.lock']);
  });

  it('stays with a live process of the same start time', () => {
    const holder = { pid: process.ppid, token: startToken(process.ppid) };
    writeFileSync(lock, JSON.stringify(holder));
    expect(takeLock(lock)).toEqual(holder);
    releaseLock(lock);
    expect(lockHolder(lock)).toEqual(holder);
  });

  it('goes to exactly one of many that start over a stale one at once', async () => {
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, token: 'x' }));
    const module = join(import.meta.dirname, '../../../src/supervisor/lock.ts');
    const program = `import { takeLock } from ${JSON.stringify(module)}; process.stdout.write(takeLock(process.argv[1]) ? 'held' : 'taken'); process.stdin.resume(); process.stdin.on('end', () => process.exit());`;
    const takers = Array.from({ length: 8 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program, lock]),
    );
    try {
      const words = await Promise.all(takers.map(firstOutput));
      expect(words.toSorted()).toEqual([...Array.from({ length: 7 }, () => 'held'), 'taken']);
    } finally {
      for (const taker of takers) taker.stdin.end();
      await Promise.all(takers.map((taker) => new Promise((resolve) => taker.once('close', resolve))));
    }
  });
});

function firstOutput(child: ReturnType<typeof spawn>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString()));
  child.once('exit', () => reject(new Error(stderr)));
  return promise;
}
