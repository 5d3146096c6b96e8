import type { Body } from '../../shared/events.ts';

/** Where a command can be given again. */
export interface Addressee {
  /** `http://127.0.0.1:9223`. */
  readonly gateway: string;
  /** The client's; null where it is not known any more. */
  readonly workspace: string | null;
  /** Empty for the browser, and where its tab may be gone. */
  readonly target: string;
}

/** What a terminal or an editor would act on, or would show in another order, when it is pasted. */
const HARMFUL = /(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** In strings of JSON, where such characters stand, they mean the same in this way. */
function harmless(text: string): string {
  return text
    .toWellFormed()
    .replace(HARMFUL, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** As JSON, laid out to be read. */
export function prettyJson(value: unknown): string {
  return harmless(JSON.stringify(value, null, 2));
}

/** A message laid out to be read; one that was cut as it was kept, as far as it goes. */
export function prettyBody({ text }: Body): string {
  try {
    return prettyJson(JSON.parse(text));
  } catch {
    return harmless(text);
  }
}

interface Command {
  readonly method: string;
  readonly params?: object;
}

/** A way to write a command down so that it can be given again. */
interface AgainForm {
  readonly key: string;
  readonly label: string;
  readonly write: (command: Command, at: Addressee) => string;
}

export const AGAIN: readonly AgainForm[] = [
  {
    key: 'd',
    label: 'DevTools monitor',
    write: ({ method, params }) =>
      harmless(params ? JSON.stringify({ command: method, parameters: params }) : method),
  },
  {
    key: 'c',
    label: 'curl',
    write: (command, at) =>
      `curl -s ${quoted(address(at, 'execute'))} -H 'content-type: application/json' -d ${quoted(call(command, at))}`,
  },
  {
    key: 'w',
    label: 'wscat',
    write: (command, at) =>
      `npx wscat -c ${quoted(address(at, 'ws').replace(/^http/, 'ws'))} -x ${quoted(call(command, at))} -w 5`,
  },
];

/** A tool's call to be given again. */
export const TOOL_AGAIN: readonly AgainForm[] = [
  {
    key: 'm',
    label: 'MCP call',
    write: (command) => harmless(JSON.stringify({ jsonrpc: '2.0', id: 1, ...command })),
  },
];

/** A command to be given again; null where its message is none, or was cut as it was kept. */
export function commandText(form: AgainForm, { text, cut }: Body, at: Addressee): string | null {
  const command = cut ? null : readCommand(text);
  return command && form.write(command, at);
}

function address({ gateway, workspace }: Addressee, path: string): string {
  const query = workspace === null ? '' : `?workspace=${encodeURIComponent(workspace)}`;
  return `${gateway.replace(/\/$/, '')}/${path}${query}`;
}

function call(command: Command, { target }: Addressee): string {
  return harmless(JSON.stringify({ ...command, ...(target !== '' && { targetId: target }) }));
}

function readCommand(text: string): Command | null {
  try {
    const { method, params } = JSON.parse(text) as Record<string, unknown>;
    if (typeof method !== 'string') return null;
    const some = typeof params === 'object' && params !== null && Object.keys(params).length > 0;
    return { method, ...(some && { params }) };
  } catch {
    return null;
  }
}

/** One word of any POSIX shell, which reads nothing in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
