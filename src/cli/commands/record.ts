import { type FileHandle, open } from 'node:fs/promises';
import { type CaptureLine, captureHead, captureLine, captureRow } from '../../shared/capture.ts';
import { EXIT, HubError, messageOf } from '../../shared/errors.ts';
import type { ExchangeRow, FrameRow, HubEvent, TrafficBatch } from '../../shared/events.ts';
import { connectToHub } from '../connect.ts';
import type { ControlClient } from '../control-client.ts';
import { rowsOf, type TailLevel } from '../tail-levels.ts';

export interface RecordWish {
  file: string;
  level: TailLevel;
  /** In the language of docs/filter.md; empty: everything. */
  filter: string;
}

/** Messages that are asked for at once. */
const AT_ONCE = 64;
/** Batches that may wait; where more do, rows are written without their messages. */
const MAX_WAITING = 20;
/** Shortest time between two lines of what the hub is, milliseconds. */
const STATE_MS = 1000;

/**
 * `cdp-hub record`: what passes from now on, with its messages, secrets masked, into a file that nothing else is in.
 * Ends with Ctrl-C, which is its normal end (0); exit code 1 when the hub goes away or the file cannot be written.
 */
export async function record({ file, level, filter }: RecordWish): Promise<number> {
  await using hub = await connectToHub();
  await using handle = await created(file);
  const recording = new Recording(hub, handle, level);
  const watch = { filter, bodies: true };
  const snapshot = await hub.attach({ owner: false, traffic: true, watch, flags: [] });
  const { version, urls, processes, clients } = snapshot;
  recording.write(captureHead({ version, at: Date.now(), filter, urls, processes, clients }));
  hub.subscribe((event) => recording.hear(event));
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('stopped'));
  });
  const progress = progressLine(() => `recording into ${file}: ${recording.count} · Ctrl-C ends it`);
  const end = await Promise.race([hub.closed.then(() => 'gone' as const), stopped, recording.failed]);
  progress.end();
  await recording.finish();
  process.stderr.write(`${recording.count} in ${file} · cdp-hub view ${file} shows them\n`);
  if (end === 'stopped') return EXIT.ok;
  if (end === 'gone') throw new HubError('CONTROL', 'the hub has gone away', 'Start it again: cdp-hub up');
  throw new HubError(
    'USAGE',
    `${file} cannot be written: ${end.message}`,
    'Make room, or name another file.',
  );
}

/** Everything that is written, one line after the other, in the order in which it was told. */
class Recording {
  readonly #hub: ControlClient;
  readonly #handle: FileHandle;
  readonly #level: TailLevel;
  readonly #failed = Promise.withResolvers<Error>();
  #writing = Promise.resolve();
  #waiting = 0;
  #rows = 0;
  #bytes = 0;
  #stateAt = Number.NEGATIVE_INFINITY;
  #state: { processes: CaptureState['processes']; clients: CaptureState['clients'] } | null = null;

  constructor(hub: ControlClient, handle: FileHandle, level: TailLevel) {
    this.#hub = hub;
    this.#handle = handle;
    this.#level = level;
  }

  /** Resolves when it can be written no more. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /** `1,204 rows, 2.1 MB`. */
  get count(): string {
    return `${this.#rows.toLocaleString('en')} rows, ${(this.#bytes / 1e6).toFixed(1)} MB`;
  }

  hear(event: HubEvent): void {
    if (event.type === 'traffic') this.#batch(event.batch);
    if (event.type !== 'process' && event.type !== 'clients') return;
    const { processes, clients } = this.#state ?? this.#hub.snapshot;
    this.#state =
      event.type === 'clients'
        ? { processes, clients: event.clients }
        : {
            processes: [...processes.filter(({ name }) => name !== event.process.name), event.process],
            clients,
          };
    const before = processes.find(({ name }) => event.type === 'process' && name === event.process.name);
    const turned = event.type === 'process' && before?.state !== event.process.state;
    const now = Date.now();
    if (!turned && now - this.#stateAt < STATE_MS) return;
    this.#stateAt = now;
    this.write({ type: 'state', at: now, ...this.#state });
  }

  write(...lines: CaptureLine[]): void {
    this.#then(async () => this.#put(lines));
  }

  /** Resolves when all of it is in the file. */
  finish(): Promise<void> {
    return this.#writing;
  }

  #batch({ frames, exchanges, skipped }: TrafficBatch): void {
    const told =
      this.#level === 3 ? [...exchanges, ...frames] : rowsOf({ frames, exchanges }, this.#level).map(untold);
    const late = this.#waiting >= MAX_WAITING;
    this.#waiting += 1;
    this.#then(async () => {
      this.#waiting -= 1;
      for (let at = 0; at < told.length; at += AT_ONCE) {
        const rows = told.slice(at, at + AT_ONCE);
        await this.#put(
          await Promise.all(rows.map((row) => (late ? captureRow(row, null) : this.#withBodies(row)))),
        );
        this.#rows += rows.length;
      }
      if (skipped) await this.#put([{ type: 'skipped', rows: skipped }]);
    });
  }

  async #withBodies(row: ExchangeRow | FrameRow): Promise<CaptureLine> {
    // What is open has no answer yet, and comes again; a command's messages are with its exchange.
    const has = 'dir' in row ? row.dir === 'event' : row.outcome !== 'open';
    if (!has) return captureRow(row, null);
    const of = 'dir' in row ? 'frame' : 'exchange';
    // The hub may be going: the row itself is there all the same.
    const bodies = await this.#hub.body({ of, seq: row.seq, open: false }).catch(() => null);
    return captureRow(row, bodies);
  }

  async #put(lines: readonly CaptureLine[]): Promise<void> {
    const text = lines.map((line) => `${captureLine(line)}\n`).join('');
    await this.#handle.appendFile(text);
    this.#bytes += Buffer.byteLength(text);
  }

  #then(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work).catch((error: unknown) => {
      this.#failed.resolve(error instanceof Error ? error : new Error(messageOf(error)));
    });
  }
}

type CaptureState = Extract<CaptureLine, { type: 'state' }>;

function untold({ type: _type, ...row }: ReturnType<typeof rowsOf>[number]): ExchangeRow | FrameRow {
  // A union without its discriminator: both are told apart by what they have.
  return row as ExchangeRow | FrameRow;
}

/** For this user alone; a file that is there is never written over. */
async function created(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'it is there already' : messageOf(error);
    throw new HubError('USAGE', `${file} cannot be made: ${why}`, 'Name another file.', error);
  }
}

/** Once a second, in place, on a terminal; elsewhere nothing. */
function progressLine(text: () => string): { end(): void } {
  if (!process.stderr.isTTY) return { end: () => {} };
  const show = () => void process.stderr.write(`\r\u001b[K${text()}`);
  show();
  const timer = setInterval(show, 1000);
  return {
    end: () => {
      clearInterval(timer);
      process.stderr.write('\r\u001b[K');
    },
  };
}
