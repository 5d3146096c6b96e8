import { connect, type Socket } from 'node:net';
import { ControlMessage, type ControlRequest, type ControlResults, lineReader } from '../shared/control.ts';
import { HubError, type HubErrorCode } from '../shared/errors.ts';
import type { Bodies, HubEvent, ProcessName, Snapshot, TrafficBatch } from '../shared/events.ts';
import type { BodyWish, PageAct, PageShown, PageWish, Watch } from '../shared/ipc.ts';

/** A supervisor that runs answers within milliseconds; past this it hangs. */
const ANSWER_MS = 10_000;
/** Longest wait for the other end to hang up as well. */
const CLOSE_MS = 1000;

type Op = ControlRequest['op'];
type Arguments<O extends Op> = Omit<Extract<ControlRequest, { op: O }>, 'id' | 'op'>;

/** A connection to a hub's control socket: requests with their answers, and the events that it pushes. */
export class ControlClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown> & { snapshot: boolean }>();
  readonly #listeners = new Set<(event: HubEvent) => void>();
  readonly #closed = Promise.withResolvers<void>();
  #lastId = 0;
  #snapshot: Snapshot | null = null;
  /** What came after the latest snapshot, for the listener that is made from it: a hub may fail in that moment. */
  #early: HubEvent[] | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const read = lineReader((value) => this.#onMessage(ControlMessage.parse(value)));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      try {
        read(chunk);
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(gone());
      this.#closed.resolve();
    });
  }

  /** Null where no hub listens. */
  static async connect(path: string): Promise<ControlClient | null> {
    const { promise, resolve, reject } = Promise.withResolvers<ControlClient | null>();
    const socket = connect(path);
    socket.once('connect', () => resolve(new ControlClient(socket)));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(error.code ?? '')) resolve(null);
      else
        reject(
          new HubError(
            'CONTROL',
            `the control socket ${path} cannot be opened: ${error.message}`,
            'Is it another user’s hub? Set CDP_HUB_HOME to a folder of your own.',
            error,
          ),
        );
    });
    return promise;
  }

  /** The hub as it was at `attach` or at the last {@link refresh}. */
  get snapshot(): Snapshot {
    if (!this.#snapshot) throw new TypeError('attach first');
    return this.#snapshot;
  }

  /** Resolves when the connection is over, whoever ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async attach(args: Arguments<'attach'>): Promise<Snapshot> {
    const { snapshot } = await this.request('attach', args);
    this.#snapshot = snapshot;
    return snapshot;
  }

  async refresh(): Promise<Snapshot> {
    this.#snapshot = await this.request('snapshot', {});
    return this.#snapshot;
  }

  subscribe(listener: (event: HubEvent) => void): () => void {
    const early = this.#early ?? [];
    this.#early = null;
    this.#listeners.add(listener);
    for (const event of early) listener(event);
    return () => this.#listeners.delete(listener);
  }

  onClose(listener: (reason: string) => void): () => void {
    let on = true;
    void this.#closed.promise.then(() => on && listener('the connection to the hub is gone'));
    return () => {
      on = false;
    };
  }

  async watch(watch: Watch): Promise<void> {
    await this.request('watch', { watch });
  }

  backfill(rows: number, filter = ''): Promise<TrafficBatch> {
    return this.request('backfill', { rows, ...(filter !== '' && { filter }) });
  }

  body(wish: BodyWish): Promise<Bodies> {
    return this.request('body', wish);
  }

  async pause(clients: string[]): Promise<string[]> {
    return (await this.request('pause', { clients })).paused;
  }

  async resume(clients: string[]): Promise<string[]> {
    return (await this.request('resume', { clients })).resumed;
  }

  async kill(clients: string[]): Promise<string[]> {
    return (await this.request('kill', { clients })).killed;
  }

  page(act: PageAct, wish: PageWish): Promise<PageShown> {
    return this.request('page', { act, ...wish });
  }

  async restart(name: ProcessName): Promise<void> {
    await this.request('restart', { name });
  }

  /** Throws what the hub answers, CONTROL when it goes away, TIMEOUT when it hangs. */
  async request<O extends Op>(op: O, args: Arguments<O>): Promise<ControlResults[O]> {
    if (this.#socket.destroyed) throw gone();
    const id = ++this.#lastId;
    const pending = { ...Promise.withResolvers<unknown>(), snapshot: op === 'attach' || op === 'snapshot' };
    this.#pending.set(id, pending);
    // A restart answers when the process is ready again, which may take as long as a browser takes.
    const timer = setTimeout(() => pending.reject(hangs()), op === 'restart' ? 60_000 : ANSWER_MS);
    this.#socket.write(`${JSON.stringify({ id, op, ...args })}\n`);
    try {
      // The answer's shape is the supervisor's word: both ends are of one version and one package.
      return (await pending.promise) as ControlResults[O];
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.end();
    // A supervisor that hangs never ends its side.
    const cut = setTimeout(() => this.#socket.destroy(), CLOSE_MS);
    await this.#closed.promise;
    clearTimeout(cut);
  }

  #onMessage(message: ControlMessage): void {
    if ('event' in message) {
      this.#early?.push(message.event);
      for (const listener of [...this.#listeners]) listener(message.event);
    } else if (message.ok) {
      const pending = this.#pending.get(message.id);
      if (pending?.snapshot) this.#early = [];
      pending?.resolve(message.result);
    } else {
      const { code, message: text, hint } = message.error;
      this.#pending.get(message.id)?.reject(new HubError(code as HubErrorCode, text, hint));
    }
  }
}

function gone(): HubError {
  return new HubError('CONTROL', 'the hub has gone away', 'Start it again: cdp-hub up');
}

function hangs(): HubError {
  return new HubError(
    'TIMEOUT',
    'the hub does not answer on its control socket',
    'Look at its log in the state folder; as a last resort end the pid that supervisor.lock there names.',
  );
}
