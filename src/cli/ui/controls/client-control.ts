import { HubError, messageOf } from '../../../shared/errors.ts';
import type { ClientInfo, ProcessInfo } from '../../../shared/events.ts';
import { killQuestion, restartNeedsYes, restartQuestion } from '../questions.ts';
import { selectedClient, selectedProcess } from '../selection.ts';
import { clientTitle } from '../words.ts';
import type { Deck } from './deck.ts';

/** Longest time without a sign of the hub after something was asked of it, milliseconds. */
const PATIENCE_MS = 3000;

/** How long a kill can be taken back, milliseconds: what the client sends is held meanwhile. */
export const UNDO_MS = 3000;

/** A client that is held, and ends when its time is over. */
interface Doomed {
  readonly client: ClientInfo;
  readonly timer: NodeJS.Timeout;
  /** It was paused before: an undo leaves it so. */
  readonly wasPaused: boolean;
}

/** What is done to clients and processes: each says what it does, and how it ended. */
export class ClientControl {
  readonly #deck: Deck;
  readonly #owner: boolean;
  readonly #undoMs: number;
  readonly #doomed: Doomed[] = [];

  constructor(deck: Deck, { owner, undoMs }: { owner: boolean; undoMs: number }) {
    this.#deck = deck;
    this.#owner = owner;
    this.#undoMs = undoMs;
  }

  /** Asks, naming what goes with the client, then holds it, and ends it when the time for an undo is over. */
  kill(): void {
    const client = this.#selected();
    if (!client) return;
    const clients = () => this.#deck.store.state.clients;
    this.#deck.ask(killQuestion(client, clients, () => this.#doom(client)));
  }

  /** Ends it in this moment. */
  killNow(): void {
    const client = this.#selected();
    if (client) this.#end(client);
  }

  /** Takes the latest kill back, as long as there is time. */
  undo(): void {
    const doomed = this.#doomed.pop();
    if (!doomed) {
      this.#deck.notify('info', 'nothing to take back');
      return;
    }
    clearTimeout(doomed.timer);
    const name = clientTitle(doomed.client);
    if (doomed.wasPaused) {
      this.#deck.notify('info', `${name} lives, and is paused as before`);
      return;
    }
    void this.act(this.#deck.link.resume([doomed.client.id]), {
      doing: `letting ${name} go on…`,
      done: () => `${name} lives`,
      heard: () => false,
    });
  }

  /** Holds what the client sends, or lets it go on. */
  togglePause(): void {
    const client = this.#selected();
    if (!client) return;
    const name = clientTitle(client);
    if (client.kind === 'raw') {
      this.#deck.notify('warn', 'a connection through the forwarder cannot be paused: x ends it');
      return;
    }
    const [turn, done] = client.paused
      ? [this.#deck.link.resume([client.id]), `${name} goes on`]
      : [this.#deck.link.pause([client.id]), `${name} is paused: what it sends waits; p lets it go on`];
    void this.act(turn, {
      doing: `${client.paused ? 'resuming' : 'pausing'} ${name}…`,
      done: (ids) => (ids.length > 0 ? done : `${name} was gone already`),
      heard: () => false,
    });
  }

  restart(): void {
    const process = selectedProcess(this.#deck);
    if (!process) return;
    if (process.state === 'attached') {
      this.#deck.notify('warn', 'this browser was started by somebody else: restart it where it was started');
      return;
    }
    const clients = () => this.#deck.store.state.clients;
    if (!restartNeedsYes(process, clients())) {
      this.#restart(process);
      return;
    }
    this.#deck.ask(restartQuestion(process, clients, () => this.#restart(process)));
  }

  /** The screen goes: who is held for a kill is let go on, as nobody is there who would end it. */
  leave(): void {
    for (const { timer, client, wasPaused } of this.#doomed.splice(0)) {
      clearTimeout(timer);
      if (!wasPaused) this.#deck.link.resume([client.id]).catch(() => {});
    }
  }

  /** Says what is being done until it is done, has failed, or {@link PATIENCE_MS} pass without a sign of the hub. */
  async act<T>(
    action: Promise<T>,
    say: { doing: string; done: (result: T) => string; heard: () => boolean },
  ): Promise<void> {
    const { store } = this.#deck;
    store.notify('info', say.doing, Number.POSITIVE_INFINITY);
    const timer = setTimeout(() => {
      if (say.heard()) return;
      const out = this.#owner ? 'Ctrl-C twice ends it' : 'Ctrl-C leaves this screen';
      store.notify('error', `the hub does not answer; ${out}`, Number.POSITIVE_INFINITY);
    }, PATIENCE_MS).unref();
    try {
      this.#deck.notify('info', say.done(await action));
    } catch (error) {
      this.#deck.notify('error', error instanceof HubError ? sentences(error) : messageOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #selected(): ClientInfo | null {
    const client = selectedClient(this.#deck);
    if (!client) this.#deck.notify('info', 'no connected client belongs to this row');
    return client;
  }

  #doom(client: ClientInfo): void {
    // Nothing of it can be held back in the forwarder: what was agreed to is done.
    if (client.kind === 'raw') {
      this.#end(client);
      return;
    }
    const timer = setTimeout(() => {
      this.#doomed.splice(
        this.#doomed.findIndex((each) => each.timer === timer),
        1,
      );
      this.#end(client);
    }, this.#undoMs);
    this.#doomed.push({ client, timer, wasPaused: client.paused });
    const seconds = Math.round(this.#undoMs / 1000);
    void this.act(this.#deck.link.pause([client.id]), {
      doing: `holding ${clientTitle(client)}…`,
      done: () => `${clientTitle(client)} is held and ends in ${seconds} s · u takes it back`,
      heard: () => false,
    });
  }

  #end(client: ClientInfo): void {
    const name = clientTitle(client);
    void this.act(this.#deck.link.kill([client.id]), {
      doing: `killing ${name}…`,
      done: (killed) => (killed.length > 0 ? `killed ${name}` : `${name} was gone already`),
      heard: () => false,
    });
  }

  #restart({ name }: ProcessInfo): void {
    const { processes } = this.#deck.store.state;
    void this.act(this.#deck.link.restart(name), {
      doing: `restarting ${name}…`,
      done: () => `${name} restarted`,
      // It answers when the process is ready, which takes its time; what is told of processes meanwhile is a sign.
      heard: () => this.#deck.store.state.processes !== processes,
    });
  }
}

function sentences({ message, hint }: HubError): string {
  return `${message.replace(/\.$/, '')}. ${hint}`;
}
