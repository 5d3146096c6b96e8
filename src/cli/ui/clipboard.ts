import { spawn } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../shared/errors.ts';

/** Longest text that OSC 52 takes, bytes: terminals read at most 100,000 of a sequence, and base64 is a third longer. */
const OSC52_MOST = 74_994;

/** How long a program may take that puts something into the clipboard, milliseconds. */
const TOOL_MS = 1000;

const FILE = 'copied.txt';

/** Where a text went: `OSC 52`, `wl-copy`, `copied.txt`. Whether a terminal takes OSC 52 it does not say. */
export interface Copied {
  readonly to: readonly string[];
  /** Where it could not go, and why. */
  readonly not: readonly string[];
}

export interface ClipboardOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The folder that has the file. */
  readonly home: string;
  /** To the terminal. */
  readonly write: (sequence: string) => void;
}

/** To the terminal's clipboard, to the desktop's, and into a file of the user's own: one of them is always within reach. */
export async function copy(text: string, { env, home, write }: ClipboardOptions): Promise<Copied> {
  const to: string[] = [];
  const not: string[] = [];
  if (Buffer.byteLength(text) <= OSC52_MOST) {
    write(osc52(text, env));
    to.push('OSC 52');
  } else not.push('too long for OSC 52');
  const [tool, failure] = await Promise.all([toDesktop(text, env), toFile(text, home)]);
  if (tool) to.push(tool);
  if (failure === null) to.push(FILE);
  else not.push(`not in ${FILE}: ${failure}`);
  return { to, not };
}

/** tmux takes it for itself where `set-clipboard` is on, and hands it through where `allow-passthrough` is. */
function osc52(text: string, env: NodeJS.ProcessEnv): string {
  const sequence = `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  if (!env.TMUX) return sequence;
  return `${sequence}\u001bPtmux;${sequence.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
}

interface Tool {
  readonly command: string;
  readonly args: readonly string[];
  readonly encoding: 'utf8' | 'utf16le';
}

/** Those that have a desktop to talk to. */
function toolsOf(env: NodeJS.ProcessEnv): Tool[] {
  const tool = (command: string, ...args: string[]): Tool => ({ command, args, encoding: 'utf8' });
  const tools: Tool[] = [];
  if (process.platform === 'darwin') tools.push(tool('pbcopy'));
  if (env.WAYLAND_DISPLAY) tools.push(tool('wl-copy'));
  if (env.DISPLAY)
    tools.push(tool('xclip', '-selection', 'clipboard'), tool('xsel', '--clipboard', '--input'));
  if (process.platform === 'win32' || env.WSL_DISTRO_NAME) {
    tools.push({ command: 'clip.exe', args: [], encoding: 'utf16le' });
  }
  return tools;
}

/** The name of the first program that takes it; null where none does. */
async function toDesktop(text: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const tool of toolsOf(env)) if (await took(tool, text, env)) return tool.command;
  return null;
}

/** The programs stay behind to hold the selection: what counts is that the first process ends well. */
function took({ command, args, encoding }: Tool, text: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'ignore'], timeout: TOOL_MS });
  child.once('error', () => resolve(false));
  child.once('exit', (code) => resolve(code === 0));
  child.stdin.on('error', () => {});
  // Without the mark clip.exe takes it for text of the console's code page.
  child.stdin.end(Buffer.from(encoding === 'utf16le' ? `\ufeff${text}` : text, encoding));
  return promise;
}

/** Null, or why it could not be written. It appears there whole, whatever was there before. */
async function toFile(text: string, home: string): Promise<string | null> {
  const path = join(home, FILE);
  const passage = `${path}.${process.pid}`;
  try {
    await writeFile(passage, text, { mode: 0o600 });
    await rename(passage, path);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
