import { once } from 'node:events';
import type { ExchangeRow, FrameRow } from '../../shared/events.ts';
import { oneLine } from '../../shared/text.ts';
import { isSeparator, type Rows, type Separator } from './rows.ts';
import type { HubStore } from './store.ts';

export interface StreamOptions {
  readonly store: HubStore;
  /** Which rows: commands as they end, or every message. */
  readonly of: 'requests' | 'traffic';
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** A row as a line of text that is harmless for a terminal. */
  readonly tell: (row: FrameRow | ExchangeRow) => string;
  /** Ends it without a key. */
  readonly signal: AbortSignal;
}

const CTRL_C = '\u0003';

/**
 * The latest rows and those that come, as lines in the terminal's own scrollback, where they can be selected and
 * stay; until a key is pressed. True where that was Ctrl-C. The terminal must be the caller's to give.
 */
export async function stream(options: StreamOptions): Promise<boolean> {
  const { store, of, stdin, stdout, signal } = options;
  const lines = of === 'traffic' ? trafficLines(options) : requestLines(options);
  const back = 2 * (stdout.rows || 24);
  stdout.write(`-- ${of} of cdp-hub as lines · any key goes back to the screen --\n`);
  stdout.write(joined(lines().slice(-back)));
  const unsubscribe = store.subscribe(() => {
    // A terminal that is slow gets them later: they stay in the list.
    if (!stdout.writableNeedDrain) stdout.write(joined(lines()));
  });
  try {
    return (await keyOf(stdin, signal)).includes(CTRL_C);
  } finally {
    unsubscribe();
  }
}

/** What was typed first, all of it; '' where `signal` came before. */
async function keyOf(stdin: NodeJS.ReadStream, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const read = (): void => {
    let typed = '';
    for (let chunk = stdin.read(); chunk !== null; chunk = stdin.read()) typed += String(chunk);
    if (typed !== '') resolve(typed);
  };
  stdin.setRawMode(true);
  stdin.ref();
  stdin.on('readable', read);
  try {
    const over = signal.aborted ? '' : once(signal, 'abort').then(() => '');
    return await Promise.race([promise, over]);
  } finally {
    stdin.off('readable', read);
    stdin.setRawMode(false);
    stdin.unref();
  }
}

/** Gives the lines of what was not told yet. */
function trafficLines({ store, tell }: StreamOptions): () => string[] {
  const { frames } = store.state;
  let last = Number.NEGATIVE_INFINITY;
  let added = 0;
  return () => {
    const from = last === Number.NEGATIVE_INFINITY ? 0 : frames.indexOf(last);
    const fresh = rowsFrom(frames, from).filter(({ key }) => key > last);
    const lost = frames.added - added - fresh.filter(({ value }) => !isSeparator(value)).length;
    const gap = last !== Number.NEGATIVE_INFINITY && (frames.at(0)?.key ?? last) > last && lost > 0;
    last = fresh.at(-1)?.key ?? last;
    added = frames.added;
    const lines = fresh.map(({ value }) => lineOf(value, tell));
    return gap ? [`… ${lost} rows were too many to tell`, ...lines] : lines;
  };
}

/** Each is told once, when it is over. */
function requestLines({ store, tell }: StreamOptions): () => string[] {
  const { exchanges } = store.state;
  let told = new Set<number>();
  return () => {
    const over = rowsFrom(exchanges, 0).filter(({ value }) => isSeparator(value) || value.outcome !== 'open');
    const fresh = over.filter(({ key }) => !told.has(key));
    told = new Set(over.map(({ key }) => key));
    return fresh.map(({ value }) => lineOf(value, tell));
  };
}

function rowsFrom<T>(rows: Rows<T>, from: number): { key: number; value: T }[] {
  const all: { key: number; value: T }[] = [];
  for (let at = from; at < rows.length; at += 1) {
    const row = rows.at(at);
    if (row) all.push(row);
  }
  return all;
}

function lineOf<T extends FrameRow | ExchangeRow>(row: T | Separator, tell: (row: T) => string): string {
  return isSeparator(row) ? `-- ${oneLine(row.separator)} --` : tell(row);
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
