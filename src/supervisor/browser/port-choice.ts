import { HubError } from '../../shared/errors.ts';
import { describeHolder, portHolder } from '../../shared/port-holder.ts';
import { commandLine, hubOf } from './command-line.ts';
import { type PortProbe, probePort } from './probe.ts';

/** Where a browser is started, or which one is attached to. */
export type Choice =
  | { kind: 'launch'; port: number; notes: string[] }
  | { kind: 'attach'; port: number; probe: Extract<PortProbe, { kind: 'devtools' | 'websocket-only' }> };

export interface Wanted {
  port: number;
  /** A person named the port: it or none. */
  named: boolean;
  /** A DevTools endpoint on it is taken as the browser. */
  mayAttach: boolean;
}

/** Default ports step by ten, so that none lands on another part's; after this many we give up. */
const STEPS = 10;

/** `skip`: ports that turned out to be lost though nothing was seen on them. Throws PORT_TAKEN. */
export async function choosePort(wanted: Wanted, skip: ReadonlySet<number> = new Set()): Promise<Choice> {
  if (wanted.port === 0) return { kind: 'launch', port: 0, notes: [] };
  const notes: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    const port = wanted.port + 10 * step;
    if (port > 65535) break;
    const probe = skip.has(port) ? null : await probePort(port);
    if (probe?.kind === 'nothing') return { kind: 'launch', port, notes: said(notes, port) };

    const { who, hub } = await holderOf(port);
    const devtools = probe?.kind === 'devtools' || probe?.kind === 'websocket-only';
    // Another hub's browser is its own: two hubs on one browser would act on each other's tabs.
    if (devtools && step === 0 && wanted.mayAttach && hub === null) return { kind: 'attach', port, probe };
    const what = hub === null ? who : `the browser of another hub (${hub}), ${who}`;
    if (wanted.named) throw taken(port, what, devtools);
    notes.push(`port ${port} is taken by ${what}`);
  }
  throw new HubError(
    'PORT_TAKEN',
    `no free port for the browser: ${notes.join('; ')}`,
    'Give one with --browser-port N, or 0 for any free one.',
  );
}

function said(notes: string[], port: number): string[] {
  return notes.map((note, i) => (i === notes.length - 1 ? `${note}: using ${port}` : note));
}

async function holderOf(port: number): Promise<{ who: string; hub: string | null }> {
  const holder = await portHolder(port);
  return { who: describeHolder(holder), hub: holder ? hubOf(commandLine(holder.pid)) : null };
}

function taken(port: number, what: string, devtools: boolean): HubError {
  return new HubError(
    'PORT_TAKEN',
    `port ${port} (--browser-port) is taken by ${what}`,
    devtools
      ? `That is a browser: attach to it with --browser-url http://127.0.0.1:${port}, or give another port, e.g. --browser-port 0 for any free one.`
      : 'End that process, or give another port, e.g. --browser-port 0 for any free one.',
  );
}
