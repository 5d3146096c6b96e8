import { rowLine } from '../../../src/cli/tail-lines.ts';
import { runScreen, type ScreenEnd } from '../../../src/cli/ui/screen.tsx';
import { FakeHub, fixedClock } from './hub.ts';
import { FakeTerminal } from './terminal.ts';

export interface Stage {
  readonly terminal: FakeTerminal;
  readonly hub: FakeHub;
  readonly clock: ReturnType<typeof fixedClock>;
  /** Settles with the screen. */
  readonly ended: Promise<ScreenEnd>;
  interrupts: number;
  stops: number;
  /** Types keys and waits until the screen fits. */
  press(keys: string, until: RegExp | string | (() => boolean)): Promise<void>;
  leave(): Promise<ScreenEnd>;
}

/** The whole screen on a terminal in memory, in front of a hub that the test plays. */
export async function stage(
  options: {
    columns?: number;
    rows?: number;
    hub?: FakeHub;
    env?: NodeJS.ProcessEnv;
    owner?: boolean;
    undoMs?: number;
    refreshMs?: number;
    /** Keys from before the screen, which the terminal has echoed. */
    typed?: string;
    /** In the same turn as the call of the screen. */
    onCalled?: () => void;
  } = {},
): Promise<Stage> {
  const { columns = 120, rows = 35, hub = new FakeHub(), env = {}, owner = true } = options;
  const terminal = new FakeTerminal(columns, rows);
  const clock = fixedClock();
  if (options.typed) {
    terminal.type(options.typed);
    terminal.stdout.write(options.typed);
  }
  const built: Stage = {
    terminal,
    hub,
    clock,
    interrupts: 0,
    stops: 0,
    ended: runScreen({
      link: hub,
      owner,
      env,
      stdin: terminal.stdin,
      stdout: terminal.stdout,
      clock,
      tell: rowLine,
      undoMs: options.undoMs ?? 50,
      refreshMs: options.refreshMs ?? 20,
      onInterrupt: () => {
        built.interrupts++;
      },
      stopJob: async () => {
        built.stops++;
        return true;
      },
    }),
    press: async (keys, until) => {
      terminal.type(keys);
      await terminal.until(until);
    },
    leave: async () => {
      hub.close('the test is over');
      const end = await built.ended;
      terminal.dispose();
      return end;
    },
  };
  options.onCalled?.();
  const shown = hub.history.frames.at(-1)?.method.slice(0, 12) ?? 'Nothing yet';
  const first = columns < 60 || rows < 12 ? 'cdp-hub' : shown;
  // A screen that fails must fail the test at once, with its own error.
  await Promise.race([terminal.until(first), built.ended.then(() => undefined)]);
  return built;
}
