import type { Client } from './clients.ts';
import { type Change, isObject } from './edit.ts';
import { editJson, readJson } from './json-edit.ts';
import { editToml, readToml } from './toml-edit.ts';

/** The text of a client's file with the changes in it; the same text where it says so already. Throws UnreadableError. */
export function merged(text: string, { format }: Client, changes: readonly Change[]): string {
  switch (format) {
    case 'json':
      return changes.reduce(editJson, text);
    case 'toml':
      return changes.reduce(editToml, text);
    default:
      return format satisfies never;
  }
}

/** The same as a file of its own. */
export function snippet(client: Client, changes: readonly Change[]): string {
  return merged('', client, changes);
}

/** True where the text has an entry of this name. Throws UnreadableError. */
export function hasEntry(text: string, { format, section }: Client, name: string): boolean {
  const all = format === 'json' ? readJson(text) : readToml(text);
  const entries = isObject(all) ? all[section] : undefined;
  return isObject(entries) && Object.hasOwn(entries, name);
}
