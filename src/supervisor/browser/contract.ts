import type { BrowserEndpoint } from '../../shared/ipc.ts';
import type { BrowserExit } from './explain.ts';
import type { WatchTiming } from './watch.ts';

export type { BrowserExit } from './explain.ts';

/** One Chromium with a DevTools endpoint, `launched` by this hub or attached to. */
export interface Browser extends AsyncDisposable {
  readonly endpoint: BrowserEndpoint;
  /** Null when attached. */
  readonly pid: number | null;
  /** For the screen: `Chromium 156 headless, own profile`. */
  readonly detail: string;
  readonly launched: boolean;
  /** Null where it is not known: somebody else started it. */
  readonly headless: boolean | null;
  /** What was decided for the user, each to be said once. */
  readonly notes: string[];
  /** Resolves, within a second, when a launched browser is gone, its whole group with it; attached: never. */
  readonly exited: Promise<BrowserExit>;
  /**
   * Launched: asks the browser to close, from half of `graceMs` on with SIGTERM, after it with SIGKILL; resolves
   * when its group is gone and its temporary profile removed. Also right after a crash, when no restart
   * follows. Attached: leaves it alone. Never rejects.
   */
  close(graceMs: number): Promise<void>;
  /** Launched: SIGKILL to the group at once. Attached: leaves it alone. */
  kill(): void;
}

/** What the supervisor hears, and is asked, while a browser is started and runs. */
export interface BrowserHooks {
  /** `fraction` is 0–1, null where the length is not known. */
  onProgress(p: { task: string; fraction: number | null; message: string }): void;
  /** Launched browsers only: at each unanswered probe, and once when it answers again. */
  onHealth(h: { answering: boolean; silentMs: number }): void;
  /** Aborts a start; a browser that is ready is not touched by it. */
  signal: AbortSignal;
  log(level: 'info' | 'warn' | 'error', message: string): void;
  /** True where the user agrees that a system package is installed; asked only without `--yes`. */
  confirmInstall(question: string): Promise<boolean>;
  /** When a browser counts as hung; {@link WATCH_TIMING} unless a test is in a hurry. */
  watch?: WatchTiming;
}
