import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../shared/clock.ts';

export interface Usage {
  /** Share of one core since the last sample in percent; null at the first. */
  cpu: number | null;
  /** Private resident bytes of the tree. */
  memory: number | null;
}

/** USER_HZ and the page size, the same on every Linux that Node runs on with 4 KiB pages. */
const TICK_MS = 10;
const PAGE = 4096;

interface ProcStat {
  pid: number;
  parent: number;
  ticks: number;
  resident: number;
}

/**
 * CPU and memory of process trees from /proc (proc_pid_stat(5), proc_pid_statm(5)). Memory is what is resident
 * less what is file-backed or shared: summed over a browser's processes, plain RSS counts the same pages up to
 * ten times. Elsewhere than on Linux it answers null.
 */
export class UsageSampler {
  readonly #clock: Clock;
  #last = new Map<number, { ticks: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One reading of /proc for all roots. */
  sample(roots: readonly number[]): Map<number, Usage> {
    const at = this.#clock.now();
    const stats = process.platform === 'linux' ? readAll() : [];
    const next = new Map<number, { ticks: number; at: number }>();
    const usages = new Map<number, Usage>();
    for (const root of roots) {
      const tree = treeOf(root, stats);
      if (tree.length === 0) {
        usages.set(root, { cpu: null, memory: null });
        continue;
      }
      const ticks = tree.reduce((sum, stat) => sum + stat.ticks, 0);
      const before = this.#last.get(root);
      // A child that ended takes its ticks along, which would make the share negative.
      const spent = before && Math.max(0, ticks - before.ticks) * TICK_MS;
      usages.set(root, {
        cpu: before && spent !== undefined ? (100 * spent) / (at - before.at) : null,
        memory: tree.reduce((sum, stat) => sum + stat.resident, 0),
      });
      next.set(root, { ticks, at });
    }
    this.#last = next;
    return usages;
  }
}

function treeOf(root: number, stats: readonly ProcStat[]): ProcStat[] {
  const children = Map.groupBy(stats, (stat) => stat.parent);
  const tree = stats.filter((stat) => stat.pid === root);
  for (const stat of tree) tree.push(...(children.get(stat.pid) ?? []));
  return tree;
}

function readAll(): ProcStat[] {
  return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? readStat(Number(entry)) : []));
}

function readStat(pid: number): ProcStat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
    const ticks = (fields[11] ?? 0) + (fields[12] ?? 0);
    return [{ pid, parent, ticks, resident: (resident - shared) * PAGE }];
  } catch {
    return [];
  }
}
