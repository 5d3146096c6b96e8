import { artifacts } from './artifacts.ts';
import { core } from './core.ts';
import { debug } from './debug.ts';
import { emulation } from './emulation.ts';
import { DEFAULT_GROUPS, GROUPS, type Group, type Tool } from './tool.ts';
import { trace } from './trace.ts';

const BY_GROUP: Record<Group, readonly Tool[]> = {
  core,
  debug,
  emulation,
  trace,
  artifacts,
};

export function toolsOf(groups: readonly Group[]): Tool[] {
  return GROUPS.filter((group) => groups.includes(group)).flatMap((group) => BY_GROUP[group]);
}

/** The groups that a query names, `all` for every one; null where it names one that there is not. */
export function groupsOf(named: string | null): readonly Group[] | null {
  if (named === null || named === '') return DEFAULT_GROUPS;
  const names = named.split(',').map((name) => name.trim());
  if (names.includes('all')) return GROUPS;
  const known = names.filter((name): name is Group => GROUPS.some((group) => group === name));
  return known.length === names.length ? known : null;
}
