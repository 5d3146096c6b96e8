import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { type Instance, render } from 'ink';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { earlierLog } from '../../shared/earlier-log.ts';
import { messageOf } from '../../shared/errors.ts';
import { App } from './App.tsx';
import { copy } from './clipboard.ts';
import { Controller } from './controller.ts';
import type { HubLink } from './hub-link.ts';
import type { Size } from './layout.ts';
import { HubStore } from './store.ts';
import { catchConsole } from './stray-console.ts';
import { type StreamOptions, stream } from './stream.ts';
import { createTheme } from './theme.ts';

export interface ScreenOptions {
  readonly link: HubLink;
  /** This process holds the hub's lease: leaving asks whether to detach. */
  readonly owner: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Ctrl-C, each time: the caller drains and stops at the first and kills at the second. */
  readonly onInterrupt: () => void;
  /** A row as a line of text that is harmless for a terminal. */
  readonly tell: StreamOptions['tell'];
  readonly clock?: Clock;
  /** Stops this process until it is continued; by default the whole job, as the terminal would. */
  readonly stopJob?: () => Promise<boolean>;
  /** How long a kill can be taken back, milliseconds. */
  readonly undoMs?: number;
  /** From one picture of a page to the next, milliseconds. */
  readonly refreshMs?: number;
}

export interface ScreenEnd {
  /** `detach`, `stop`: what the user chose. `closed`: the hub ended or the connection to it was lost. */
  readonly end: 'detach' | 'stop' | 'closed';
  readonly reason: string;
}

/** Home and clear: for the first frame, Ctrl-L, resizes and nothing else; a clear per frame flickers. */
const CLEAR = '\u001b[H\u001b[2J';
/** The cursor's line, where the terminal may have echoed keys: the alternate screen would begin at its column. */
const CLEAR_LINE = '\r\u001b[K';

/**
 * Shows the hub until the user leaves or the hub ends; resolves when the terminal is what it was. Rejects with
 * what was thrown while drawing (Ink's own error box vanishes with the alternate screen: print the stack).
 * Needs a terminal on both streams, and NODE_ENV=production set before this module is imported.
 */
export async function runScreen(options: ScreenOptions): Promise<ScreenEnd> {
  const { link, stdout, clock = systemClock } = options;
  using store = new HubStore(link.snapshot, clock, link.past);
  let end: ScreenEnd | null = null;
  const over = new AbortController();
  let away = false;
  let instance: Instance | null = null;
  let suspendTerminal: ((run: () => Promise<void>) => Promise<void>) | null = null;

  const finish = (how: ScreenEnd): void => {
    end ??= how;
    over.abort();
    instance?.unmount();
  };
  const redraw = (): void => {
    instance?.clear();
    stdout.write(CLEAR);
    store.changed();
  };
  /** The terminal is somebody else's for a while. */
  const leave = async (run: () => Promise<void>): Promise<void> => {
    if (!suspendTerminal || away) return;
    away = true;
    try {
      await suspendTerminal(run);
    } finally {
      away = false;
    }
    // Where the cursor was left, Ink draws from: all of the screen is drawn once more, from its corner.
    if (!end) redraw();
  };
  const streamRows = async (of: StreamOptions['of']): Promise<void> => {
    const { stdin, tell } = options;
    let interrupted = false;
    await leave(async () => {
      interrupted = await stream({ store, of, stdin, stdout, tell, signal: over.signal });
    });
    if (interrupted) options.onInterrupt();
  };
  const suspend = async (): Promise<void> => {
    let stopped = true;
    await leave(async () => {
      stopped = await (options.stopJob ?? stopJob)();
    });
    if (!stopped) store.notify('warn', 'no shell to go back to: this terminal runs nothing but this screen');
  };
  const controller = new Controller(store, {
    link,
    owner: options.owner,
    size: sizeOf(stdout),
    ...(options.undoMs !== undefined && { undoMs: options.undoMs }),
    refreshMs: options.refreshMs,
    terminal: {
      redraw,
      suspend: () => void suspend().catch((error) => store.notify('error', messageOf(error))),
      stream: (of) => void streamRows(of).catch((error) => store.notify('error', messageOf(error))),
      end: (how) => finish({ end: how, reason: 'the user left' }),
      interrupt: options.onInterrupt,
      copy: (text) =>
        copy(text, { env: options.env, home: store.state.home, write: (sequence) => stdout.write(sequence) }),
    },
  });

  const onResize = () => {
    controller.resize(sizeOf(stdout));
    if (!away) redraw();
  };
  const onGone = () => finish({ end: 'closed', reason: 'the terminal is gone' });
  stdout.on('resize', onResize);
  stdout.on('error', onGone);
  const stops = [
    link.subscribe((event) => store.apply(event)),
    link.onClose((reason) => finish({ end: 'closed', reason: store.state.ended ?? reason })),
    catchConsole((level, text) => store.notify(level, text)),
    () => stdout.off('resize', onResize),
    () => stdout.off('error', onGone),
    () => controller.clients.leave(),
    () => controller.preview.leave(),
  ];
  try {
    await dropTyped(options.stdin);
    // Whatever ended the link meanwhile is the caller's to tell: nothing is shown.
    if (end) return end;
    stdout.write(CLEAR_LINE);
    store.rememberEarlier(earlierLog(store.state.home));
    controller.filter.start();
    instance = render(
      <App
        controller={controller}
        theme={createTheme(options.env)}
        clock={clock}
        onTerminal={(hand) => {
          suspendTerminal = hand;
        }}
      />,
      {
        stdin: options.stdin,
        stdout,
        alternateScreen: true,
        incrementalRendering: true,
        maxFps: 30,
        exitOnCtrlC: false,
        // The caller has decided that this is a terminal; Ink would go by CI variables again.
        interactive: true,
        isScreenReaderEnabled: false,
        patchConsole: false,
      },
    );
    // Ink draws from where the cursor stands: all of the screen is drawn once more, from its corner.
    redraw();
    await instance.waitUntilExit();
  } finally {
    // From there on it is Ink that takes raw mode back.
    if (!instance) options.stdin.setRawMode(false);
    for (const stop of stops) stop();
  }
  return end ?? { end: 'closed', reason: 'the screen was closed' };
}

/**
 * Reads away what was typed before the screen was there, which nobody could know the meaning of, and ends the
 * terminal's echo. Without raw mode a line that was not ended yet could not be read.
 */
async function dropTyped(stdin: NodeJS.ReadStream): Promise<void> {
  const drop = (): void => {
    while (stdin.read() !== null);
  };
  stdin.setRawMode(true);
  stdin.on('readable', drop);
  stdin.ref();
  // One turn of the event loop starts the reading, the next has read what the terminal held.
  await setImmediate();
  await setImmediate();
  stdin.off('readable', drop);
  stdin.unref();
}

function sizeOf(stdout: NodeJS.WriteStream): Size {
  return { columns: stdout.columns || 80, rows: stdout.rows || 24 };
}

/** How long the stop may take to arrive; a process that was stopped sees this time pass only after `fg`. */
const STOP_MS = 300;

/**
 * Stops the job, the wrappers around this process (npx) included, and resolves once it is continued. False
 * where nothing stopped: the kernel ignores SIGTSTP in a session without a shell, and no SIGCONT would come.
 */
async function stopJob(): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const before = Date.now();
  // The listener must be there before the stop, else `fg` shows a dead screen.
  const continued = once(process, 'SIGCONT');
  const waiting = AbortSignal.timeout(STOP_MS);
  process.kill(0, 'SIGTSTP');
  const signalled = await Promise.race([
    continued.then(() => true),
    once(waiting, 'abort').then(() => false),
  ]);
  return signalled || Date.now() - before > 2 * STOP_MS;
}
