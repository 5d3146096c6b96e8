import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { HubConfig } from '../shared/config.ts';
import { HubError, type HubErrorCode } from '../shared/errors.ts';
import { makeStateFolder, type StateFolder } from '../shared/state-folder.ts';
import { ControlClient } from './control-client.ts';

/** How long a hub that another `up` is starting in this moment may take to open its socket. */
const OTHER_START_MS = 10_000;

const Word = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening') }),
  z.object({ type: z.literal('locked'), pid: z.number().int() }),
  z.object({
    type: z.literal('failed'),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
  }),
]);
type Word = z.infer<typeof Word>;

/** The hub that runs on this state folder, or a new one; `started` says which. */
export async function joinOrStart(
  config: HubConfig,
  state: StateFolder,
  env: NodeJS.ProcessEnv,
): Promise<{ client: ControlClient; started: boolean }> {
  const running = await ControlClient.connect(state.socket);
  if (running) return { client: running, started: false };
  makeStateFolder(state);
  const word = await startSupervisor(config, state, env);
  switch (word.type) {
    case 'listening':
      return { client: await connectWithin(state, OTHER_START_MS), started: true };
    case 'locked':
      return { client: await connectWithin(state, OTHER_START_MS, word.pid), started: false };
    case 'failed': {
      const { code, message, hint } = word.error;
      throw new HubError(code as HubErrorCode, message, hint);
    }
    default:
      return word satisfies never;
  }
}

/** A session of its own: a Ctrl-C on this terminal or its end must not reach it but through the lease. */
async function startSupervisor(config: HubConfig, state: StateFolder, env: NodeJS.ProcessEnv): Promise<Word> {
  const main = fileURLToPath(new URL(`../supervisor/main${extname(import.meta.url)}`, import.meta.url));
  const output = openSync(join(state.logs, 'supervisor.err'), 'a', 0o600);
  const child = fork(main, [], {
    detached: true,
    cwd: '/',
    env: {
      ...process.env,
      CDP_HUB_HOME: env.CDP_HUB_HOME ? state.home : '',
      // It comes with the configuration: the browser and its helpers are not to inherit it.
      CDP_HUB_TOKEN: undefined,
      NODE_ENV: 'production',
    },
    execArgv: [],
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const { promise, resolve, reject } = Promise.withResolvers<Word>();
  child.once('message', (message) => resolve(Word.parse(message)));
  child.once('error', reject);
  child.once('exit', (code, signal) =>
    reject(
      new HubError(
        'CHILD_FAILED',
        `the supervisor ended (${signal ?? `exit code ${code}`}) before it was listening`,
        `See ${join(state.logs, 'supervisor.err')}; this is a bug worth reporting.`,
      ),
    ),
  );
  child.send(config);
  try {
    return await promise;
  } finally {
    child.removeAllListeners();
    if (child.connected) child.disconnect();
    child.unref();
  }
}

async function connectWithin(state: StateFolder, ms: number, pid?: number): Promise<ControlClient> {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(50)) {
    const client = await ControlClient.connect(state.socket);
    if (client) return client;
  }
  throw new HubError(
    'CONTROL',
    `a hub (pid ${pid ?? 'unknown'}) holds ${state.lock}, and its control socket does not open`,
    pid ? `If it hangs, end it: kill ${pid}; then run cdp-hub up again.` : 'Run cdp-hub up again.',
  );
}
