import { execa } from 'execa';
import { oneLine } from '../../shared/text.ts';

/** How a system package is installed here; null where there is no way without a person. */
export interface Apt {
  /** `[]` as root, `['sudo', '-n']` where sudo asks for no password. */
  prefix: string[];
}

/** What a person types to the same end. */
export const APT_COMMANDS = 'apt-get update && apt-get install -y --no-install-recommends chromium';

/** Waits for another package manager, asks nothing, gives a dead mirror up after seconds. */
const OPTIONS = [
  '-o',
  'DPkg::Lock::Timeout=120',
  '-o',
  'Acquire::Retries=1',
  '-o',
  'Acquire::http::Timeout=20',
  '-o',
  'APT::Status-Fd=1',
];

/** Whether apt-get can be run without a password. */
export async function findApt(env: NodeJS.ProcessEnv = process.env): Promise<Apt | null> {
  if (process.platform !== 'linux') return null;
  const has = await execa('apt-get', ['--version'], { reject: false, env, extendEnv: false });
  if (has.failed) return null;
  if (process.getuid?.() === 0) return { prefix: [] };
  const sudo = await execa('sudo', ['-n', 'true'], { reject: false, env, extendEnv: false, timeout: 5000 });
  return sudo.failed ? null : { prefix: ['sudo', '-n'] };
}

export interface AptRun {
  onProgress(fraction: number | null, message: string): void;
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
}

/** Installs Debian's chromium. Throws a plain Error with apt's last words. */
export async function aptInstallChromium(apt: Apt, run: AptRun): Promise<void> {
  const update = await aptGet(apt, ['update'], run);
  const install = await aptGet(apt, ['install', '-y', '--no-install-recommends', 'chromium'], run);
  if (install === null) return;
  throw new Error(`apt-get: ${install}${update === null ? '' : ` (apt-get update before it: ${update})`}`);
}

/** Null when it succeeded, else its last words. */
async function aptGet({ prefix }: Apt, args: string[], run: AptRun): Promise<string | null> {
  const [file = 'apt-get', ...rest] = [...prefix, 'apt-get', ...OPTIONS, ...args];
  const subprocess = execa(file, rest, {
    reject: false,
    all: true,
    stdin: 'ignore',
    cancelSignal: run.signal,
    env: { ...(run.env ?? process.env), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    extendEnv: false,
  });
  // What apt has started keeps its pipes open after it: an abort does not wait for them, nor cut dpkg short.
  const letGo = () => {
    for (const stream of subprocess.nodeChildProcess.stdio) stream?.destroy();
  };
  run.signal.addEventListener('abort', letGo, { once: true });
  const said: string[] = [];
  try {
    for await (const line of subprocess.iterable({ from: 'all' })) {
      const status = aptStatus(line);
      if (status) run.onProgress(status.fraction, status.message);
      else if (line.trim() !== '') {
        said.push(oneLine(line.trim()));
        run.onProgress(null, oneLine(line.trim()));
      }
    }
  } catch (error) {
    run.signal.throwIfAborted();
    throw error;
  } finally {
    run.signal.removeEventListener('abort', letGo);
  }
  const { failed, shortMessage } = await subprocess;
  if (!failed) return null;
  run.signal.throwIfAborted();
  const errors = said.filter((line) => /^[EW]: /.test(line));
  return (errors.length > 0 ? errors : said).slice(-3).join('; ') || oneLine(shortMessage ?? '');
}

/** `dlstatus:ITEM:PERCENT:TEXT` and `pmstatus:PACKAGE:PERCENT:TEXT` (apt's README.progress-reporting). */
export function aptStatus(line: string): { fraction: number; message: string } | null {
  const [, percent, text] = /^(?:dlstatus|pmstatus):[^:]*(?::[a-z0-9]+)?:([\d.]+):(.*)$/.exec(line) ?? [];
  return percent === undefined ? null : { fraction: Number(percent) / 100, message: oneLine(text ?? '') };
}
