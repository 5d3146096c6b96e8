import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

interface Message {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

const ID = /^\{"id":\s*(\d+)/;

/** The least of a CDP client, so that what is measured is the way and not the client. */
export class Caller {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #last = 0;
  #target = '';
  /** Answers that were errors. */
  errors = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      // Large answers are counted and not read: that is the client's business.
      const message = data.length < 4096 ? (JSON.parse(String(data)) as Message) : {};
      const id = message.id ?? Number(ID.exec(data.toString('latin1', 0, 40))?.[1]);
      if (message.error) this.errors += 1;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.(message);
    });
  }

  static async connect(url: string): Promise<Caller> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
    await once(socket, 'open');
    return new Caller(socket);
  }

  /** So many, a few at a time: a burst of hundreds overflows the queue of connections that Chrome listens with. */
  static async several(url: string, count: number): Promise<Caller[]> {
    const callers: Caller[] = [];
    while (callers.length < count) {
      const few = Math.min(20, count - callers.length);
      callers.push(...(await Promise.all(Array.from({ length: few }, () => Caller.connect(url)))));
    }
    return callers;
  }

  ask(method: string, sessionId?: string, params: object = {}): Promise<Message> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    });
  }

  /** Resolves at the next event of that name on that session. */
  event(sessionId: string, method: string): Promise<void> {
    return new Promise((resolve) => {
      const hear = (data: Buffer) => {
        const text = data.length < 4096 ? String(data) : '';
        if (!text.includes(`"${method}"`) || !text.includes(sessionId)) return;
        this.#socket.off('message', hear);
        resolve();
      };
      this.#socket.on('message', hear);
    });
  }

  evaluate(sessionId: string, expression = '1+1'): Promise<Message> {
    return this.ask('Runtime.evaluate', sessionId, { expression, returnByValue: true });
  }

  /** A page of its own; resolves with the session on it. */
  async page(params: object = {}): Promise<string> {
    const made = await this.ask('Target.createTarget', undefined, { url: 'about:blank', ...params });
    this.#target = String(made.result?.targetId);
    return this.attach(this.#target);
  }

  get target(): string {
    return this.#target;
  }

  async attach(targetId: string): Promise<string> {
    const { result } = await this.ask('Target.attachToTarget', undefined, { targetId, flatten: true });
    return String(result?.sessionId);
  }

  async close(): Promise<void> {
    if (this.#target) await this.ask('Target.closeTarget', undefined, { targetId: this.#target });
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

/** Processor time that a process has used, milliseconds; proc_pid_stat(5). */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Memory of a process that nobody else has, bytes; proc_pid_smaps_rollup(5). */
export function memory(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, size]) => Number(size));
  return kb.reduce((sum, size) => sum + size, 0) * 1024;
}
