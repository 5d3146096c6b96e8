import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/shared/clock.ts';
import { UsageSampler } from '../../../src/supervisor/usage.ts';

/** A shell whose child works until both are ended: what the child uses must count for the tree. */
const BUSY =
  'const end = Date.now() + 20e3; const held = Buffer.alloc(64e6, 1); while (Date.now() < end); console.log(held.length)';

describe.runIf(process.platform === 'linux')('UsageSampler', () => {
  it('adds up a tree: private memory at once, CPU from the second sample on', async () => {
    const shell = spawn('sh', ['-c', `"${process.execPath}" -e '${BUSY}'; true`], {
      stdio: 'ignore',
      detached: true,
    });
    const pid = shell.pid ?? 0;
    const sampler = new UsageSampler(systemClock);
    try {
      const first = sampler.sample([pid]).get(pid);
      expect(first?.cpu).toBeNull();
      let usage = first;
      while ((usage?.cpu ?? 0) < 30 || (usage?.memory ?? 0) < 64e6) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        usage = sampler.sample([pid]).get(pid);
        if (shell.exitCode !== null) throw new Error(`never seen: ${JSON.stringify(usage)}`);
      }
      expect(usage?.memory).toBeLessThan(200e6);
    } finally {
      if (pid !== 0) process.kill(-pid, 'SIGKILL');
    }
  });

  it('answers null for a process that is not there', () => {
    expect(new UsageSampler(systemClock).sample([2 ** 22 + 1]).get(2 ** 22 + 1)).toEqual({
      cpu: null,
      memory: null,
    });
  });
});
