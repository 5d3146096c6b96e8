import { homedir } from 'node:os';
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, HubError } from '../../shared/errors.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import {
  CLIENT_NAMES,
  CLIENTS,
  type Client,
  type ClientName,
  changesFor,
} from '../config-clients/clients.ts';
import { type ConfigFile, readConfigFile, writeConfigFile } from '../config-clients/config-file.ts';
import { UnreadableError } from '../config-clients/edit.ts';
import { type Connection, mcpUrl, type TokenUse } from '../config-clients/entries.ts';
import { launchOf } from '../config-clients/launch.ts';
import { hasEntry, merged, snippet } from '../config-clients/merge.ts';
import type { Place, Scope } from '../config-clients/places.ts';
import { connectSnippet, type SnippetName } from '../config-clients/snippets.ts';
import {
  type ConfigOptions,
  choiceOf,
  refuseForSnippet,
  targetOf,
  usage,
  wishesOf,
} from '../config-options.ts';
import { clientNotes, type Listed, listText, tokenNotes, writeCommand } from '../config-words.ts';
import { readEnvironment } from '../environment.ts';
import { type HubPlace, hubPlace } from '../hub-place.ts';

/** `cdp-hub config [CLIENT]`: stdout has what is to be pasted, or what was done; stderr what to know of it. */
export async function config(target: string | undefined, options: ConfigOptions): Promise<number> {
  const env = readEnvironment();
  const place: Place = { platform: process.platform, home: homedir(), cwd: process.cwd(), env };
  if (target === undefined) return list(place, options);
  const meant = targetOf(target);
  if (meant.kind === 'snippet') return connect(meant.name, options, env);
  return mcp(meant.name, options, place);
}

/** What `--json` says of one client's file. */
interface Outcome {
  client: ClientName;
  file: string;
  scope: Scope | null;
  transport: Connection['transport'];
  name: string;
  entry: unknown;
  /** The file is, or with `--write` would be, another than before. */
  changed: boolean;
  written: boolean;
  backup: string | null;
  notes: string[];
}

async function mcp(name: ClientName, options: ConfigOptions, place: Place): Promise<number> {
  const client = CLIENTS[name];
  const { transport, scope } = choiceOf(client, name, options);
  const hub = await hubFor(transport, options, place);
  const connection = connectionOf(transport, scope, hub, options, place);
  const changes = changesFor(client, options.name, connection);
  const path = options.file === undefined ? client.files[scope]?.(place) : resolve(options.file);
  if (path === undefined) throw new TypeError('a scope was chosen that there is no file of');
  const file = readConfigFile(path);
  const had = orRefuse(file, () => hasEntry(file.text, client, options.name));
  const text = orRefuse(file, () => merged(file.text, client, changes));
  const changed = text !== file.text || file.stat === null;
  const secret = connection.token?.from === 'text';
  const backup = options.write && changed ? writeConfigFile(file, text, { secret }) : null;
  const outcome: Outcome = {
    client: name,
    file: path,
    scope: options.file === undefined ? scope : null,
    transport,
    name: options.name,
    entry: client.entry(connection),
    changed,
    written: changed && options.write === true,
    backup,
    // A bridge finds the hub wherever it is.
    notes: [
      ...(transport === 'http' && hub ? hub.said : []),
      ...clientNotes(client, connection, hub?.token ?? null, scope),
      ...elsewhere(name, path, options.name, place),
    ],
  };
  if (options.json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  else say(outcome, { client, had, options, paste: snippet(client, changes) });
  return EXIT.ok;
}

/** Clients read all of their files, and one entry hides the other. */
function elsewhere(client: ClientName, path: string, name: string, place: Place): string[] {
  return filesOf(client, place)
    .filter(({ file }) => file !== path && stateOf(file, client, name) === 'entry')
    .map(({ file }) => `${file} has an entry ${name} as well, and only one of them counts`);
}

interface Saying {
  client: Client;
  had: boolean;
  options: ConfigOptions;
  paste: string;
}

function say(outcome: Outcome, { client, had, options, paste }: Saying): void {
  const { file, name, changed, backup, notes } = outcome;
  const err = (line: string) => process.stderr.write(`${line}\n`);
  if (options.write) {
    const done = changed
      ? `${file}: ${had ? 'replaced' : 'added'} ${name}`
      : `${file} says so already: nothing changed`;
    process.stdout.write(`${done}\n`);
    if (backup !== null) process.stdout.write(`what was there before: ${backup}\n`);
  } else {
    process.stdout.write(paste);
    const there = had
      ? changed
        ? `, in place of the ${name} that is there`
        : ', which says so already'
      : '';
    err(`for ${client.title}, in ${file}${there}`);
    if (changed) err(`to write it there: ${writeCommand(outcome.client, options)}`);
  }
  for (const note of notes) err(`note: ${note}`);
  if (changed) err(client.next);
}

/** A bridge finds the hub by itself: it is asked only for whether it has a token that the bridge does not find. */
async function hubFor(
  transport: Connection['transport'],
  options: ConfigOptions,
  place: Place,
): Promise<HubPlace | null> {
  const state = stateFolder(place.env);
  try {
    return await hubPlace(state, place.env);
  } catch (error) {
    // Whatever is wrong with the port: stdio needs none.
    if (transport === 'stdio' && !options.withToken) return null;
    throw error;
  }
}

function connectionOf(
  transport: Connection['transport'],
  scope: Scope,
  hub: HubPlace | null,
  options: ConfigOptions,
  place: Place,
): Connection {
  const wishes = wishesOf(options);
  const token = tokenUse(hub, options);
  if (transport === 'http') {
    if (!hub) throw new TypeError('HTTP without an address');
    return { transport, url: mcpUrl(hub.mcp, wishes), token };
  }
  const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));
  const launch = launchOf({ node: process.execPath, main }, scope, wishes, place);
  const found = hub?.token?.file === stateFolder(place.env).accessToken;
  return { transport, launch, token: found && !options.withToken ? null : token };
}

function tokenUse(hub: HubPlace | null, { withToken }: ConfigOptions): TokenUse {
  const known = hub?.token ?? null;
  if (!withToken) return known && { from: 'variable' };
  if (!known) throw usage('--with-token, but the hub has no token, as far as is known', 'Drop --with-token.');
  if (known.value === null) {
    throw usage('--with-token, but the token of the hub is not to be found', 'Set CDP_HUB_TOKEN to it.');
  }
  return { from: 'text', token: known.value };
}

async function connect(name: SnippetName, options: ConfigOptions, env: NodeJS.Dict<string>): Promise<number> {
  refuseForSnippet(name, options);
  const wishes = wishesOf(options);
  const hub = await hubPlace(stateFolder(env), env);
  const use = tokenUse(hub, options);
  const text = connectSnippet(name, hub.gateway, wishes, use);
  const notes = [...hub.said, ...tokenNotes(use, hub.token)];
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ client: name, snippet: text, notes })}\n`);
    return EXIT.ok;
  }
  process.stdout.write(`${text}\n`);
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  return EXIT.ok;
}

function list(place: Place, options: ConfigOptions): number {
  if (options.write) throw usage('--write, but of which client?', 'Say e.g. cdp-hub config cursor --write');
  const rows = CLIENT_NAMES.flatMap((client) =>
    filesOf(client, place).map(
      (each): Listed => ({ ...each, state: stateOf(each.file, client, options.name) }),
    ),
  );
  process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : `${listText(rows)}\n`);
  return EXIT.ok;
}

function filesOf(client: ClientName, place: Place): Omit<Listed, 'state'>[] {
  const { files } = CLIENTS[client];
  return (Object.keys(files) as Scope[]).flatMap((scope) => {
    const file = files[scope]?.(place);
    return file === undefined ? [] : [{ client, scope, file }];
  });
}

function stateOf(path: string, client: ClientName, name: string): Listed['state'] {
  try {
    const { stat, text } = readConfigFile(path);
    if (!stat) return 'no file';
    return hasEntry(text, CLIENTS[client], name) ? 'entry' : 'no entry';
  } catch (error) {
    if (error instanceof UnreadableError || error instanceof HubError) return 'unreadable';
    throw error;
  }
}

/** Nothing is written to a file that is not understood. */
function orRefuse<T>(file: ConfigFile, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    throw new HubError(
      'USAGE',
      `${file.path}:${error.line}:${error.column}: ${error.message}`,
      'Nothing was written. Mend that line and run this again, or write to another file: --file PATH',
      error,
    );
  }
}
