import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../shared/errors.ts';
import { isObject } from './messages.ts';
import type { StartOptions } from './start-hub.ts';

/** Where the hub's `/mcp` is. */
export interface Hub {
  /**
   * Throws HubError where there is none, with the reason. `start`: one is started where none runs; without it only
   * those that run are found.
   */
  find(start: boolean, signal: AbortSignal): Promise<URL>;
  /** It did not answer there: the next {@link find} looks again. */
  forget(): void;
  /** Somebody looks after it: where it does not answer, it will again. */
  readonly supervised: boolean;
}

/** A hub that somebody named: it is where it is. */
export function namedHub(url: URL): Hub {
  return { find: async () => url, forget: () => {}, supervised: false };
}

/** Longest wait for a hub that is there and has no gateway yet. */
const STARTING_MS = 30_000;
/** A supervisor that runs answers within milliseconds. */
const ANSWER_MS = 5000;

export interface LocalHubOptions extends StartOptions {
  /** Its control socket. */
  socket: string;
}

/** The hub of this state folder: the one that runs, or one that is started. */
export class LocalHub implements Hub {
  readonly supervised = true;
  readonly #options: LocalHubOptions;
  /** The query of the address is the same wherever the hub is. */
  readonly #query: string;
  #url: URL | null = null;
  #starting: Promise<void> | null = null;

  constructor(query: string, options: LocalHubOptions) {
    this.#query = query;
    this.#options = options;
  }

  async find(start: boolean, signal: AbortSignal): Promise<URL> {
    if (this.#url) return this.#url;
    const end = performance.now() + STARTING_MS;
    for (;;) {
      const known = await askSupervisor(this.#options.socket);
      if (known?.mcp) {
        this.#url = new URL(`${known.mcp}${this.#query}`);
        return this.#url;
      }
      if (!known && !start) throw new HubError('HUB_NOT_RUNNING', 'no hub runs', 'Start one: cdp-hub up');
      if (!known && (await this.#start())) continue;
      if (performance.now() > end) throw notReady();
      await sleep(50, undefined, { signal });
    }
  }

  forget(): void {
    this.#url = null;
  }

  /** One at a time, whoever asks. True once a hub is ready, this one or another that was quicker. */
  async #start(): Promise<boolean> {
    this.#starting ??= startHub(this.#options).finally(() => {
      this.#starting = null;
    });
    try {
      await this.#starting;
      return true;
    } catch (error) {
      // It came upon one that was on its way out: the next try finds nobody.
      if (error instanceof HubError && error.code === 'HUB_STOPPING') return false;
      throw error;
    }
  }
}

/** Seldom needed, and so loaded where it is: it takes 1 MB. */
async function startHub(options: StartOptions): Promise<void> {
  const { startDetached } = await import('./start-hub.ts');
  await startDetached(options);
}

/** What the supervisor says; null where none listens, `mcp` null where it has no gateway yet. */
async function askSupervisor(path: string): Promise<{ mcp: string | null } | null> {
  const { promise, resolve, reject } = Promise.withResolvers<{ mcp: string | null } | null>();
  const socket = connect(path);
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(ANSWER_MS, () => reject(hangs(path)));
  socket.once('connect', () => socket.write('{"id":1,"op":"snapshot"}\n'));
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (const line of text.split('\n').slice(0, -1)) {
      // Events may come before the answer.
      const message: unknown = JSON.parse(line);
      if (isObject(message) && message.id === 1) resolve({ mcp: mcpOf(message.result) });
    }
  });
  socket.once('error', (error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(error.code ?? '')) resolve(null);
    else reject(notOpen(path, error));
  });
  // It went away in this very moment.
  socket.once('close', () => resolve(null));
  return promise.finally(() => socket.destroy());
}

function mcpOf(snapshot: unknown): string | null {
  const urls = isObject(snapshot) ? snapshot.urls : null;
  return isObject(urls) && typeof urls.mcp === 'string' ? urls.mcp : null;
}

function notReady(): HubError {
  return new HubError(
    'TIMEOUT',
    `a hub runs, but its gateway did not come up within ${STARTING_MS / 1000} s`,
    'See why: cdp-hub status',
  );
}

function hangs(path: string): HubError {
  return new HubError(
    'TIMEOUT',
    `the hub does not answer on its control socket ${path}`,
    'End the pid that supervisor.lock in the state folder names; the next call starts another hub.',
  );
}

function notOpen(path: string, error: Error): HubError {
  return new HubError(
    'CONTROL',
    `the control socket ${path} cannot be opened: ${error.message}`,
    'Is it another user’s hub? Set CDP_HUB_HOME to a folder of your own.',
    error,
  );
}
