import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { HubError } from '../../shared/errors.ts';

/** Longest wait for a start: a browser may have to be fetched first. */
const START_MS = 180_000;

export interface StartOptions {
  env: NodeJS.ProcessEnv;
  /** As `--idle-exit` takes it. */
  idleExit: string;
  say(text: string): void;
}

/**
 * `cdp-hub up --detach` as a person would type it: the lock decides between several, and those that lose it join. It
 * outlives this process, for others may have joined. Throws CHILD_FAILED with its words.
 */
export async function startDetached({ env, idleExit, say }: StartOptions): Promise<void> {
  say('no hub runs: starting one');
  const main = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));
  const args = [main, 'up', '--detach', '--no-tui', '--no-dotenv', '--idle-exit', idleExit];
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  child.unref();
  let words = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    words = (words + chunk).slice(-8192);
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('error', reject);
  child.once('close', resolve);
  const late = setTimeout(() => reject(tooLong()), START_MS);
  try {
    if ((await promise) !== 0) throw failed(words);
  } finally {
    clearTimeout(late);
    // What it still says is of no use, and must not keep this process alive.
    child.stderr.destroy();
  }
}

/** The words of `up`: `cdp-hub: MESSAGE`, lines of it, and `→ HINT`. */
function failed(words: string): HubError {
  const text = stripVTControlCharacters(words);
  if (/the hub is stopping|has gone/.test(text)) return new HubError('HUB_STOPPING', text, '');
  const [, message, hint] = /^cdp-hub: (.*?)\n\s*→ (.*)$/ms.exec(text) ?? [];
  const tidy = (part: string) => part.replace(/\s*\n\s*/g, ' ').trim();
  return new HubError(
    'CHILD_FAILED',
    `no hub ran, and none could be started: ${tidy(message ?? text) || 'it ended without a word'}`,
    hint ? tidy(hint) : 'Try it in a terminal, where all of it can be seen: cdp-hub up',
  );
}

function tooLong(): HubError {
  return new HubError(
    'TIMEOUT',
    `a hub was started and is not ready after ${START_MS / 1000} s`,
    'See what it waits for: cdp-hub status, or in a terminal cdp-hub attach',
  );
}
