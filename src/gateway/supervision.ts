import { HubError, type HubErrorCode } from '../shared/errors.ts';
import { ClientInfo, ProcessInfo, type ProcessName } from '../shared/events.ts';
import type { FromGateway, GatewayAsk, ToGateway } from '../shared/ipc.ts';
import type { ClientRegistry } from './clients.ts';
import { within } from './contract/within.ts';

/** How long the supervisor may take, milliseconds: a restart answers when the process is ready again. */
const PATIENCE = { answer: 6000, restart: 60_000 } as const;

type Answered = Extract<ToGateway, { type: 'answered' }>;

/**
 * Whom the hub serves and what it runs, as whoever has the control token sees and ends them: this gateway's clients at
 * first hand, the forwarder's connections and the processes through the supervisor.
 */
export class Supervision {
  readonly #registry: ClientRegistry;
  readonly #tell: (message: FromGateway) => void;
  readonly #open = new Map<number, (answer: Answered['answer']) => void>();
  #last = 0;

  constructor(registry: ClientRegistry, tell: (message: FromGateway) => void) {
    this.#registry = registry;
    this.#tell = tell;
  }

  /** The supervisor has answered. */
  answered({ ask, answer }: Answered): void {
    this.#open.get(ask)?.(answer);
  }

  async clients(): Promise<ClientInfo[]> {
    return [...this.#registry.all().map((record) => this.#registry.info(record)), ...(await this.#raw())];
  }

  /** Undefined where nobody has this id. */
  async client(id: string): Promise<ClientInfo | undefined> {
    const own = this.#registry.get(id);
    return own ? this.#registry.info(own) : (await this.#raw()).find((client) => client.id === id);
  }

  /** Does this to the client; false where nobody has this id. Throws CONTROL where it cannot be done to this one. */
  async act(op: 'kill' | 'pause' | 'resume', client: string): Promise<boolean> {
    if (this.#registry[op]([client]).length > 0) return true;
    return (await this.#ask({ op, client })) === true;
  }

  async processes(): Promise<ProcessInfo[]> {
    return ProcessInfo.array().parse(await this.#ask({ op: 'processes' }));
  }

  /** Resolves when it is ready again. Throws NOT_FOUND, CONTROL, CHILD_FAILED. */
  async restart(name: ProcessName): Promise<void> {
    await this.#ask({ op: 'restart', name }, PATIENCE.restart);
  }

  async #raw(): Promise<ClientInfo[]> {
    return ClientInfo.array().parse(await this.#ask({ op: 'raw' }));
  }

  /** Throws what the supervisor says, and TIMEOUT. */
  async #ask(what: GatewayAsk, ms: number = PATIENCE.answer): Promise<unknown> {
    this.#last += 1;
    const ask = this.#last;
    const { promise, resolve } = Promise.withResolvers<Answered['answer']>();
    this.#open.set(ask, resolve);
    try {
      this.#tell({ type: 'ask', ask, what });
      const answer = await within(ms, promise);
      if (answer === null) throw late(what, ms);
      if ('result' in answer) return answer.result;
      const { code, message, hint } = answer.error;
      // Both ends are of one version and one package.
      throw new HubError(code as HubErrorCode, message, hint);
    } finally {
      this.#open.delete(ask);
    }
  }
}

function late({ op }: GatewayAsk, ms: number): HubError {
  return new HubError(
    'TIMEOUT',
    `the supervisor has not answered to ${op} for ${ms / 1000} s`,
    '`cdp-hub status` shows what it is doing; the log in the state folder has more.',
  );
}
