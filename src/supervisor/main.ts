import { rmSync } from 'node:fs';
import { HubConfig } from '../shared/config.ts';
import { EXIT, HubError } from '../shared/errors.ts';
import { openLog } from '../shared/log.ts';
import {
  makeStateFolder,
  removeSocketFolder,
  type StateFolder,
  stateFolder,
} from '../shared/state-folder.ts';
import { lockHolder, releaseLock, takeLock } from './lock.ts';
import { Supervisor } from './supervisor.ts';

/**
 * The supervisor process. `cdp-hub up` starts it with an IPC channel, sends the config as the first message,
 * and is told `listening`, `locked {pid}` (another hub runs on this state folder) or `failed {error}`.
 */

/** How long a supervisor whose starter died waits for somebody to attach before it ends. */
const ORPHAN_MS = 5000;
/** How long a supervisor that met an error of its own may take to clean up. */
const LAST_RESORT_MS = 10_000;

process.once('message', (message) => void begin(message));

async function begin(message: unknown): Promise<void> {
  const state = stateFolder();
  try {
    const config = HubConfig.parse(message);
    makeStateFolder(state);
    const holder = takeLock(state.lock);
    if (holder) {
      tell({ type: 'locked', pid: holder.pid });
      return finish(EXIT.conflict);
    }
    await supervise(config, state);
  } catch (thrown) {
    tell({ type: 'failed', error: HubError.from(thrown).toData() });
    finish(EXIT.failure);
  }
}

async function supervise(config: HubConfig, state: StateFolder): Promise<void> {
  const log = openLog(state, 'supervisor');
  const supervisor = new Supervisor(config, state, log);
  const crash = (thrown: unknown) => {
    void supervisor.crash(thrown);
    // Should even the clean-up hang: its children and the browser go when this process does.
    setTimeout(() => finish(EXIT.failure), LAST_RESORT_MS).unref();
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  process.on('SIGTERM', () => void supervisor.stop('SIGTERM', 10_000));
  process.on('SIGINT', () => void supervisor.stop('SIGINT', 5000));
  process.on('SIGHUP', () => void supervisor.stop('SIGHUP', 5000));
  await supervisor.listen();
  log.info({ pid: process.pid, version: config.version }, 'listening');
  tell({ type: 'listening' });
  // The starter hangs up once it is attached; if it died before, nobody may ever come.
  const orphan = setTimeout(() => void supervisor.stop('nobody attached to it', 0), ORPHAN_MS);
  supervisor.onFirstAttach(() => clearTimeout(orphan));
  const code = await supervisor.done;
  log.info({ code }, 'stopped');
  removeSocketFolder(state);
  if (lockHolder(state.lock)?.pid === process.pid) {
    rmSync(state.controlToken, { force: true });
    releaseLock(state.lock);
  }
  finish(code);
}

type Word = { type: 'listening' } | { type: 'locked'; pid: number } | { type: 'failed'; error: object };

function tell(word: Word): void {
  if (process.connected) process.send?.(word, undefined, undefined, () => {});
}

/** The one exit of this process: a timer or a socket that somebody forgot must not keep a stopped hub alive. */
function finish(code: number): void {
  process.exitCode = code;
  if (process.connected) process.disconnect();
  setImmediate(() => process.exit(code));
}
