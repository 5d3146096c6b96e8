import { HubError } from '../shared/errors.ts';
import { type Isolation, WORKSPACE_NAME } from '../shared/isolation.ts';
import { CLIENT_NAMES, type Client, type ClientName } from './config-clients/clients.ts';
import type { Transport, Wishes } from './config-clients/entries.ts';
import type { Scope } from './config-clients/places.ts';
import { SNIPPET_NAMES, type SnippetName } from './config-clients/snippets.ts';

/** `cdp-hub config`, as the command line gives it. */
export interface ConfigOptions {
  write?: boolean;
  http?: boolean;
  stdio?: boolean;
  scope?: Scope;
  file?: string;
  name: string;
  workspace?: string;
  isolation?: Isolation;
  tools?: string;
  withToken?: boolean;
  json?: boolean;
}

/** Names that people type for the same. */
const ALIASES: Readonly<Record<string, ClientName>> = {
  gemini: 'gemini-cli',
  claude: 'claude-code',
  'vs-code': 'vscode',
  code: 'vscode',
};

/** Letters, digits, - and _: what every client takes, and what needs no quotes in TOML. */
const ENTRY_NAME = /^[\w-]{1,64}$/;
const TOOL_GROUPS = /^[a-z][a-z0-9_-]*(,[a-z][a-z0-9_-]*)*$/;

export type Target = { kind: 'client'; name: ClientName } | { kind: 'snippet'; name: SnippetName };

/** Who is meant. Throws USAGE. */
export function targetOf(text: string): Target {
  const client = CLIENT_NAMES.find((name) => name === (ALIASES[text] ?? text));
  if (client) return { kind: 'client', name: client };
  const snippet = SNIPPET_NAMES.find((name) => name === text);
  if (snippet) return { kind: 'snippet', name: snippet };
  throw usage(
    `there is no client ${JSON.stringify(text)}`,
    `Say one of ${[...CLIENT_NAMES, ...SNIPPET_NAMES].join(', ')}. Any other MCP client takes what cdp-hub config cursor prints, or one like it.`,
  );
}

/** What is asked for beside the tools. Throws USAGE. */
export function wishesOf({ workspace, isolation, tools }: ConfigOptions): Wishes {
  if (workspace !== undefined && !WORKSPACE_NAME.test(workspace)) {
    throw usage(
      `--workspace ${workspace} is no name of a workspace`,
      'A name is 1 to 64 letters, digits, dots, dashes and underscores.',
    );
  }
  if (tools !== undefined && !TOOL_GROUPS.test(tools)) {
    throw usage(`--tools ${tools} names no groups`, 'Put commas between: --tools core,debug');
  }
  return { workspace, isolation, tools };
}

/** Which of a client's files and forms is meant. Throws USAGE. */
export function choiceOf(
  { title, files, transports }: Client,
  name: ClientName,
  { http, stdio, scope, file, name: entry }: ConfigOptions,
): { transport: Transport; scope: Scope } {
  if (!ENTRY_NAME.test(entry)) {
    throw usage(`--name ${entry} is no name of an entry`, 'A name is 1 to 64 letters, digits, - and _.');
  }
  if (http && stdio) throw usage('--http and --stdio are both given', 'Drop one of them.');
  if (file !== undefined && scope !== undefined) {
    throw usage('--file and --scope are both given', 'Drop one of them: a scope stands for a file.');
  }
  const wanted = http ? 'http' : stdio ? 'stdio' : transports[0];
  if (!transports.includes(wanted)) {
    throw usage(
      `${title} takes no HTTP servers from its file`,
      `Drop --http: cdp-hub config ${name} uses stdio.`,
    );
  }
  const [first = 'user'] = Object.keys(files) as Scope[];
  const meant = scope ?? first;
  if (!files[meant]) {
    throw usage(`${title} has no file for a ${meant}`, `Drop --scope, or say --scope ${first}.`);
  }
  return { transport: wanted, scope: meant };
}

/** A program that speaks CDP has neither a file nor tools. Throws USAGE. */
export function refuseForSnippet(name: SnippetName, options: ConfigOptions): void {
  const { write, http, stdio, scope, file, tools, name: entry } = options;
  if (write) {
    throw usage(
      `there is no file of ${name} to write to`,
      `Paste what this prints into your code or shell: cdp-hub config ${name}`,
    );
  }
  const given = Object.entries({
    http,
    stdio,
    scope,
    file,
    tools,
    name: entry === 'cdp-hub' ? undefined : entry,
  })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => `--${flag}`);
  if (given.length > 0) {
    throw usage(`${given.join(', ')} says nothing of ${name}, which speaks CDP`, `Drop ${given.join(', ')}.`);
  }
}

export function usage(message: string, hint: string): HubError {
  return new HubError('USAGE', message, hint);
}
