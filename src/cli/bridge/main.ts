import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, HubError } from '../../shared/errors.ts';
import { readToken } from '../../shared/given-token.ts';
import { type StateFolder, stateFolder } from '../../shared/state-folder.ts';
import { Bridge } from './bridge.ts';
import { Http } from './http.ts';
import { LocalHub, namedHub } from './hub.ts';
import { LineReader } from './lines.ts';
import { Link } from './link.ts';
import { Listener } from './listener.ts';
import { type BridgeSettings, bridgeSettings } from './options.ts';
import { Output } from './output.ts';
import { Session } from './session.ts';

/**
 * `cdp-hub mcp`: MCP over stdio for one agent, as a bridge to the hub's own `/mcp`. It is one process for each agent, so
 * it is kept small: nothing but Node, and of that only what is needed.
 */

/** How long what is under way may take to end, in milliseconds. */
const GRACE = {
  /** The client has said all, and may still read: `echo … | cdp-hub mcp`. One that hangs up waits 2 s, then signals. */
  eof: 5000,
  signal: 1000,
} as const;
/** For telling the hub that the session is over, and for what was written to be read. */
const GOODBYE_MS = 500;

/** Runs until the client is gone, and answers with the exit code. Throws USAGE. */
export async function runBridge(argv: readonly string[], env = process.env): Promise<number> {
  staySmall();
  const settings = bridgeSettings(argv);
  const state = stateFolder(env);
  const given = await givenToken(settings, env, state);
  const { url, query, idleExit } = settings;
  // A hub that is started asks for the very token that this bridge has.
  const hubEnv = given === null ? env : { ...env, CDP_HUB_TOKEN: given };
  const hub = url ? namedHub(url) : new LocalHub(query, { socket: state.socket, env: hubEnv, idleExit, say });
  // The hub of this very user keeps what it made for its clients where its user can read it.
  const token = () => given ?? (url ? null : readToken(state.accessToken));
  const out = new Output(process.stdout);
  // The reason of an end may be that nobody reads this either.
  process.stderr.on('error', () => {});
  const http = new Http(url?.protocol === 'https:');
  const session = new Session();
  const link = new Link({
    hub,
    http,
    session,
    token,
    onRenewed: () => {
      listener.start();
      say(RENEWED);
    },
  });
  const listener = new Listener(link, out);
  const bridge = new Bridge({ link, listener, out, say });

  const signals = signalled();
  const over = Promise.race([
    readAll(bridge).then(() => 'eof' as const),
    signals.then(() => 'signal' as const),
    out.gone.then(() => 'gone' as const),
  ]);
  const why = await over;
  if (why === 'eof') await Promise.race([bridge.settle(GRACE.eof), signals, out.gone]);
  if (why !== 'gone') await Promise.race([bridge.settle(why === 'eof' ? 0 : GRACE.signal), out.gone]);
  bridge.close();
  await Promise.race([link.end(AbortSignal.timeout(GOODBYE_MS)).catch(() => {}), sleep(GOODBYE_MS)]);
  await out.flush(GOODBYE_MS);
  return EXIT.ok;
}

/**
 * V8 is made for programs that do more than pass lines on: its optimising compilers cost up to 18 MB here, and room for
 * garbage that it gives by and by as much again and more (measured on Node 24.21 after 1,300 calls: 61 instead of 79 MB
 * resident; after 40 MB of results: 70 instead of 110).
 */
function staySmall(): void {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  for (const flag of [
    '--no-opt',
    '--no-maglev',
    '--semi-space-growth-factor=1',
    '--heap-growing-percent=10',
  ]) {
    setFlagsFromString(flag);
  }
}

async function readAll(bridge: Bridge): Promise<void> {
  const reader = new LineReader();
  try {
    for await (const chunk of process.stdin) {
      for (const line of reader.push(chunk as Buffer)) await bridge.accept(line);
    }
  } catch {
    // A client that is gone without closing its end is gone.
  }
  for (const line of reader.end()) await bridge.accept(line);
}

/** Resolves at the first signal. */
async function signalled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve());
  await promise;
}

/** The token that was given, if any. Throws USAGE. */
async function givenToken(
  { token, tokenFile }: BridgeSettings,
  env: NodeJS.ProcessEnv,
  state: StateFolder,
): Promise<string | null> {
  if (token === undefined && tokenFile === undefined && !env.CDP_HUB_TOKEN) return null;
  // Only who needs it pays for it.
  const { accessToken } = await import('../access-token.ts');
  return accessToken({ token, tokenFile }, env, state).token ?? null;
}

/** For the log of the agent's program; the model is told by the hub, in the first answer. */
const RENEWED =
  'the hub no longer had this session (it was restarted, or the session had expired): a new one was made, with a page of its own';

function say(text: string): void {
  process.stderr.write(`cdp-hub mcp: ${text}\n`);
}

/** {@link runBridge}, with a failure to begin in words. */
export async function bridgeCommand(argv: readonly string[]): Promise<number> {
  try {
    return await runBridge(argv);
  } catch (thrown) {
    const { message, hint, exitCode } = HubError.from(thrown);
    process.stderr.write(`cdp-hub: ${message}\n  → ${hint}\n`);
    return exitCode;
  }
}
