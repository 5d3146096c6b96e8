import { type Client, type ClientName, PLACEHOLDER } from './config-clients/clients.ts';
import { type Connection, TOKEN_VARIABLE, type TokenUse } from './config-clients/entries.ts';
import type { Scope } from './config-clients/places.ts';
import { SNIPPET_NAMES } from './config-clients/snippets.ts';
import type { ConfigOptions } from './config-options.ts';
import type { HubToken } from './hub-place.ts';

/** One row of `cdp-hub config` alone. */
export interface Listed {
  client: ClientName;
  scope: Scope;
  file: string;
  /** `unreadable`: there is a file, and it cannot be read. */
  state: 'no file' | 'no entry' | 'entry' | 'unreadable';
}

/** What a person should know of a client's entry. */
export function clientNotes(
  client: Client,
  connection: Connection,
  known: HubToken | null,
  scope: Scope,
): string[] {
  const { transport, token } = connection;
  const notes: string[] = [];
  if (client.transports.length === 1) {
    notes.push(`${client.title} takes no HTTP servers from its file, so this is the stdio form`);
  }
  if (client.variable === null && token?.from === 'variable') {
    notes.push(
      `${client.title} reads no variables: put the token where ${PLACEHOLDER} stands, or --with-token`,
    );
  } else if (client.asks && token?.from === 'variable') {
    notes.push(`${client.title} asks for the token once and keeps it${whereIs(known)}`);
  } else {
    notes.push(...tokenNotes(token, known));
  }
  if (scope === 'project') {
    if (token?.from === 'text')
      notes.push('the token is in a file of the project: keep it out of the repository');
    if (transport === 'stdio' && connection.launch.command !== 'cdp-hub') {
      notes.push('it names paths of this machine: on another one, run the same there');
    }
  }
  if (transport === 'stdio' && connection.launch.args.some((arg) => /[\\/]_npx[\\/]/.test(arg))) {
    notes.push("it runs from npx's cache, which npm may empty: install cdp-hub and run this again");
  }
  return notes;
}

/** The same command again, as it is typed to write what it prints. */
export function writeCommand(client: ClientName, options: ConfigOptions): string {
  const { http, stdio, withToken, scope, file, name, workspace, isolation, tools } = options;
  const flags = Object.entries({ http, stdio, 'with-token': withToken }).flatMap(([flag, on]) =>
    on ? [`--${flag}`] : [],
  );
  const values = Object.entries({
    scope,
    file,
    name: name === 'cdp-hub' ? undefined : name,
    workspace,
    isolation,
    tools,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag} ${shellWord(value)}`]));
  return ['cdp-hub config', client, ...flags, ...values, '--write'].join(' ');
}

/** As a shell takes it for one word; `'\\''` is how it writes a quote. */
function shellWord(text: string): string {
  return /^[\w./:,@~+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** How who reads the token from the environment gets it there. */
export function tokenNotes(use: TokenUse, known: HubToken | null): string[] {
  if (use?.from !== 'variable') return [];
  const file = known?.file;
  const how = file
    ? `export ${TOKEN_VARIABLE}="$(cat '${file}')"`
    : `set ${TOKEN_VARIABLE} to the hub's token`;
  return [`the hub has a token; before the client starts: ${how}`];
}

function whereIs(known: HubToken | null): string {
  return known?.file ? `; it is in ${known.file}` : '';
}

/** The table of `cdp-hub config`. */
export function listText(rows: readonly Listed[]): string {
  const cells = rows.map(({ client, scope, file, state }) => [client, scope, state, file]);
  const widths = [0, 1, 2].map((n) => Math.max(...cells.map((row) => row[n]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  '));
  return [
    ...lines,
    '',
    `printed only: ${SNIPPET_NAMES.join(', ')}`,
    'cdp-hub config CLIENT prints what belongs there; with --write it is put there',
  ].join('\n');
}
