import type { z } from 'zod';
import { HubError } from '../shared/errors.ts';
import { urlHost } from '../shared/hosts.ts';
import { type Child, childRunning, startChild, startFailure } from './child.ts';
import type { ListenPorts } from './listen-ports.ts';
import { choosePort, type PortWish, portTaken } from './ports.ts';
import type { Running, ServiceSpec } from './service.ts';

/** Longest time from fork to `ready`. */
const READY_MS = 15_000;
/** Longest time that a part may take over a question. */
const ANSWER_MS = 5_000;

/** What both children say of themselves; the rest of their messages is theirs. */
type Said =
  | { type: 'ready'; host: string; port: number; listen?: number[] }
  | { type: 'bind-failed'; code: string; message: string; port: number };

interface Reply {
  id: number;
}

export interface PartOptions<In, Out> {
  name: 'forwarder' | 'gateway';
  folder: 'proxy' | 'gateway';
  nodeOptions?: string[];
  schema: z.ZodType<In>;
  wish: PortWish;
  /** Further ports that it listens on besides the one of `wish`. */
  further?: ListenPorts;
  /** The first message of every life. */
  config(port: number): Out;
  detail(address: string): string;
  onMessage(message: In): void;
  /** What people should hear of. */
  say(message: string): void;
  /** A line of its output, for the log. */
  note(line: string): void;
}

/**
 * One of the two Node children: forks it, finds it a port, waits for `ready`, and carries questions to it. Once
 * bound, it comes back to the same port in every later life: clients know that address.
 */
export class Part<In extends { type: string }, Out extends { type: string }> {
  readonly #options: PartOptions<In, Out>;
  readonly #questions = new Map<number, PromiseWithResolvers<In & Reply>>();
  #child: Child<Out> | null = null;
  #address: { host: string; port: number } | null = null;
  #lastQuestion = 0;

  constructor(options: PartOptions<In, Out>) {
    this.#options = options;
  }

  get spec(): ServiceSpec {
    const { name, wish, detail } = this.#options;
    return {
      name,
      detail: detail(`${urlHost(wish.host)}:${wish.port}`),
      start: (signal) => this.#start(signal),
    };
  }

  /** Where it listens; null before its first `ready`. */
  get address(): { host: string; port: number } | null {
    return this.#address;
  }

  send(message: Out): void {
    this.#child?.send(message);
  }

  /** Asks and waits for the reply with the same id. Throws TIMEOUT, or CHILD_FAILED when it ends meanwhile. */
  async ask(build: (id: number) => Out): Promise<In & Reply> {
    const id = ++this.#lastQuestion;
    const question = Promise.withResolvers<In & Reply>();
    this.#questions.set(id, question);
    if (!this.#child) question.reject(this.#away());
    const timer = setTimeout(() => {
      const { name } = this.#options;
      question.reject(
        new HubError(
          'TIMEOUT',
          `the ${name} did not answer within ${ANSWER_MS / 1000} s`,
          `Restart it: key \`r\` on its row.`,
        ),
      );
    }, ANSWER_MS);
    this.send(build(id));
    try {
      return await question.promise;
    } finally {
      clearTimeout(timer);
      this.#questions.delete(id);
    }
  }

  async #start(signal: AbortSignal): Promise<Running> {
    const { name, folder, schema, detail, note, further } = this.#options;
    const said = Promise.withResolvers<Said>();
    let heard = said;
    const child = startChild<In, Out>({
      part: folder,
      nodeOptions: this.#options.nodeOptions ?? [],
      schema,
      onOutput: note,
      onMessage: (message) => {
        if (isSaid(message)) heard.resolve(message);
        else this.#onMessage(message);
      },
    });
    this.#child = child;
    void child.exited.then(() => this.#gone(child));
    const gone = child.exited.then((exit) => Promise.reject(startFailure(name, exit)));
    // It rejects at every end of the child, long after the race below as well.
    gone.catch(() => {});
    const late = deadline(name, signal);
    try {
      for (;;) {
        const port = await this.#port();
        await further?.check();
        child.send(this.#options.config(port));
        const answer = await Promise.race([heard.promise, gone, late.promise]);
        if (answer.type === 'ready') {
          this.#address = { host: answer.host, port: answer.port };
          further?.boundTo(answer.listen ?? []);
          return childRunning(child, detail(`${urlHost(answer.host)}:${answer.port}`));
        }
        heard = Promise.withResolvers<Said>();
        // Somebody took the port between our look and the bind: a default steps on, all else is told.
        const again = answer.port === port && !this.#address && !this.#options.wish.named;
        if (!again) throw await this.#bindError(answer);
      }
    } catch (error) {
      child.kill();
      throw error;
    } finally {
      late.cancel();
    }
  }

  async #port(): Promise<number> {
    if (this.#address) return this.#address.port;
    return choosePort(this.#options.wish, this.#options.say);
  }

  async #bindError({ code, message, port }: Extract<Said, { type: 'bind-failed' }>): Promise<HubError> {
    const wish = this.#options.further?.wishFor(port) ?? this.#options.wish;
    if (code === 'EADDRINUSE') return portTaken({ ...wish, port });
    const { what, flag, host, rest = '' } = wish;
    return new HubError(
      'BIND_REFUSED',
      `the ${what} cannot listen on ${urlHost(host)}:${port}: ${message}`,
      `Choose another port with ${flag} PORT${rest}, or an address of this machine.`,
    );
  }

  #onMessage(message: In): void {
    if ('id' in message && typeof message.id === 'number') {
      this.#questions.get(message.id)?.resolve({ ...message, id: message.id });
    } else this.#options.onMessage(message);
  }

  #gone(child: Child<Out>): void {
    if (this.#child !== child) return;
    this.#child = null;
    for (const question of this.#questions.values()) question.reject(this.#away());
  }

  #away(): HubError {
    const { name } = this.#options;
    return new HubError(
      'CHILD_FAILED',
      `the ${name} is not running`,
      'It is started again by itself; try once more.',
    );
  }
}

function isSaid(message: { type: string }): message is Said {
  return message.type === 'ready' || message.type === 'bind-failed';
}

function deadline(name: string, signal: AbortSignal): { promise: Promise<never>; cancel(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  // Whoever loses the race must not end the process as an unhandled rejection.
  promise.catch(() => {});
  const fail = (message: string) =>
    reject(new HubError('CHILD_FAILED', message, 'See the log in the state folder.'));
  const timer = setTimeout(() => fail(`the ${name} was not ready within ${READY_MS / 1000} s`), READY_MS);
  const onAbort = () => fail(`the start of the ${name} was interrupted`);
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    promise,
    cancel: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
