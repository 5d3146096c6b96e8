import { existsSync } from 'node:fs';
import type { HubConfig } from '../../shared/config.ts';
import { HubError } from '../../shared/errors.ts';
import { urlHost } from '../../shared/hosts.ts';
import type { StateFolder } from '../../shared/state-folder.ts';
import { type Attached, attachTo, describe } from './attach.ts';
import type { Browser, BrowserHooks } from './contract.ts';
import { type FoundBrowser, findBrowsers, namedBrowser } from './detect.ts';
import { browserFlags } from './flags.ts';
import { installBrowser } from './install.ts';
import { launchChrome, PortLost } from './launch.ts';
import { LaunchedBrowser } from './launched-browser.ts';
import { clearLast } from './own-record.ts';
import { type Choice, choosePort, type Wanted } from './port-choice.ts';
import {
  type Profile,
  persistentProfile,
  prepareProfile,
  removeTemporary,
  temporaryProfile,
} from './profile.ts';
import { readRecord } from './record.ts';
import { adapt, surroundings } from './surroundings.ts';

export type { Browser, BrowserHooks } from './contract.ts';

/** How long a start may take: a cold disk or a first start of a downloaded browser. Milliseconds. */
const READY = 45_000;

/** A free port can be lost between the look and the start; more than that is no accident. */
const TRIES = 3;

/**
 * Attaches to or launches the browser that `config` describes. `again`: a restart of the browser that ran last,
 * on the same port and profile. Throws HubError: NO_BROWSER, INSTALL_FAILED, BROWSER_FAILED, PORT_TAKEN,
 * BROWSER_UNREACHABLE, HUB_STOPPING after an abort.
 */
export async function startBrowser(
  config: HubConfig,
  state: StateFolder,
  hooks: BrowserHooks,
  again?: { port: number },
): Promise<Browser> {
  try {
    const { mode, url } = config.browser;
    if (mode === 'auto' || mode === 'launch') return await ownOrFound(config, state, hooks, again);
    if (url === null) throw new Error(`mode ${mode} without an address`);
    return attached(await unlessAborted(attachTo(url, mode), hooks.signal));
  } catch (error) {
    if (!hooks.signal.aborted) throw HubError.from(error);
    throw new HubError('HUB_STOPPING', 'the hub stops: the browser was not started', 'Nothing to do.', error);
  }
}

/** A question to another machine may take its 20 s: a stop does not wait for it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  return promise;
}

async function ownOrFound(
  config: HubConfig,
  state: StateFolder,
  hooks: BrowserHooks,
  again?: { port: number },
): Promise<Browser> {
  const last = again ? temporaryOfOurs(state) : null;
  const notes = again ? [] : await clearLast(state);
  const wanted: Wanted = {
    port: again?.port ?? config.browser.port,
    named: config.browser.named && config.browser.port !== 0,
    mayAttach: config.browser.mode === 'auto',
  };
  const choice = await choosePort(wanted);
  if (choice.kind === 'attach') return attached(found(choice));

  const chosen = await chooseBrowser(config, state, hooks);
  const profile = config.browser.isolated ? (last ?? temporaryProfile()) : persistentProfile(state.profiles);
  try {
    notes.push(...(await prepareProfile(profile.path)));
    return await launch({ config, state, hooks, chosen, profile, wanted, choice, notes });
  } catch (error) {
    await removeTemporary(profile);
    throw error;
  }
}

/** The temporary profile that this very supervisor made and whose browser is to be started again. */
function temporaryOfOurs(state: StateFolder): Profile | null {
  const record = readRecord(state.browserRecord);
  const ours = record?.temporary && record.supervisor === process.pid && existsSync(record.profile);
  return ours ? { path: record.profile, temporary: true } : null;
}

async function chooseBrowser(
  config: HubConfig,
  state: StateFolder,
  hooks: BrowserHooks,
): Promise<FoundBrowser> {
  if (config.browser.path !== null) return namedBrowser(config.browser.path);
  const [first] = await findBrowsers(state.cache);
  return (
    first ??
    (await installBrowser({
      cache: state.cache,
      mayInstall: config.mayInstall,
      confirm: (question) => hooks.confirmInstall(question),
      onProgress: (progress) => hooks.onProgress(progress),
      log: (level, message) => hooks.log(level, message),
      signal: hooks.signal,
    }))
  );
}

interface LaunchPlan {
  config: HubConfig;
  state: StateFolder;
  hooks: BrowserHooks;
  chosen: FoundBrowser;
  profile: Profile;
  wanted: Wanted;
  choice: Extract<Choice, { kind: 'launch' }>;
  notes: string[];
}

async function launch(plan: LaunchPlan): Promise<Browser> {
  const { config, state, hooks, chosen, profile, wanted } = plan;
  const fit = adapt(await surroundings(), config.browser.headless);
  const lost = new Set<number>();
  for (let choice = plan.choice; ; ) {
    try {
      const flags = browserFlags({
        port: choice.port,
        profile: profile.path,
        headless: fit.headless,
        noSandbox: fit.noSandbox,
        smallShm: fit.smallShm,
        platform: process.platform,
        home: state.home,
      });
      const { path } = chosen;
      hooks.log('info', `starting ${path} ${flags.join(' ')}`);
      const started = await launchChrome({
        path,
        profile: profile.path,
        flags,
        readyMs: READY,
        signal: hooks.signal,
      });
      return new LaunchedBrowser(started, {
        state,
        hooks,
        profile,
        title: chosen.title,
        headless: fit.headless,
        notes: [...plan.notes, ...choice.notes, ...fit.notes],
      });
    } catch (error) {
      if (!(error instanceof PortLost) || lost.size + 1 >= TRIES) throw portLost(error, choice.port);
      lost.add(choice.port);
      // No look shows who took it between the look and the start: the port counts as taken from here on.
      const next = await choosePort({ ...wanted, mayAttach: false }, lost);
      if (next.kind !== 'launch') throw error;
      choice = next;
      await prepareProfile(profile.path);
    }
  }
}

function portLost(error: unknown, port: number): unknown {
  if (!(error instanceof PortLost)) return error;
  return new HubError(
    'PORT_TAKEN',
    `the browser could not have port ${port}: ${error.message}`,
    'Give another port with --browser-port N, or 0 for any free one.',
    error,
  );
}

function found({ probe, port }: Extract<Choice, { kind: 'attach' }>): Attached {
  const at = `${urlHost(probe.host)}:${port}`;
  if (probe.kind === 'websocket-only') {
    return {
      endpoint: {
        host: probe.host,
        port,
        wsUrl: probe.wsUrl,
        announcedIn: probe.announcedIn,
        http: false,
        launched: false,
      },
      detail: `a browser that asks for permission, attached at ${at}`,
    };
  }
  const { devtools, host } = probe;
  return {
    endpoint: { host, port, wsUrl: devtools.wsUrl, http: true, launched: false },
    detail: `${describe(devtools)}, attached at ${at}`,
  };
}

function attached({ endpoint, detail }: Attached): Browser {
  return {
    endpoint,
    pid: null,
    detail,
    launched: false,
    headless: null,
    notes: [],
    exited: new Promise(() => {}),
    close: () => Promise.resolve(),
    kill: () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
