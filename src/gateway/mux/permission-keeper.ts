import {
  MAX_ORIGINS,
  type PermissionChange,
  type PermissionCommand,
  Permissions,
} from '../isolation/permissions.ts';
import type { Outcome } from '../isolation/rulings.ts';
import type { Answer } from '../protocol/envelope.ts';
import { hubError } from '../protocol/errors.ts';
import type { Control } from './control.ts';

const FULL: Answer = {
  id: 0,
  error: hubError(`this client has permissions for ${MAX_ORIGINS} origins already; reset them first`),
};

/**
 * Grants permissions in the browser's default context, on the hub's own session: one change after the other, as
 * what is sent for one depends on whether the browser took the one before.
 */
export class PermissionKeeper<Client> {
  readonly #control: Control;
  readonly #permissions = new Permissions<Client>();
  readonly #queue: (() => void)[] = [];
  /** A step is not over yet. */
  #busy = false;
  #walking = false;

  constructor(control: Control) {
    this.#control = control;
  }

  /** `done` gets Chrome's own answer to the command. */
  perform(client: Client, method: string, params: object, done: (outcome: Outcome) => void): void {
    this.#enqueue(() => {
      if (method === 'Browser.resetPermissions') {
        this.#send(this.#permissions.drop(client), (first) => this.#finish(first, done));
        return;
      }
      const change =
        method === 'Browser.grantPermissions'
          ? this.#permissions.grant(client, { ...params })
          : this.#permissions.set(client, { ...params });
      // What fits no schema changes nothing: the browser says in its own words why.
      if (!change) this.#control.call(method, params, (answer) => this.#finish(answer, done));
      else if (this.#permissions.full(client, { ...params })) this.#finish(FULL, done);
      else this.#change(change, done);
    });
  }

  left(client: Client): void {
    this.#enqueue(() => this.#send(this.#permissions.drop(client), () => this.#next()));
  }

  /** The hub's session is another: what was granted on the one before is forgotten. */
  reopened(): void {
    this.#enqueue(() => {
      if (this.#permissions.empty) this.#next();
      else this.#send(this.#permissions.renewal(), () => this.#next());
    });
  }

  clear(): void {
    this.#permissions.clear();
  }

  #change(change: PermissionChange, done: (outcome: Outcome) => void): void {
    this.#send([change.first, ...change.behind], (answer) => {
      if (answer.error === undefined) {
        change.commit();
        this.#finish(answer, done);
        return;
      }
      // What went out behind it fitted the table that is not to be.
      const repair = change.behind.length > 0 ? this.#permissions.renewal() : [];
      this.#send(repair, () => this.#finish(answer, done));
    });
  }

  /** In one go; `then` gets the answer to the first when the last is answered. */
  #send(commands: readonly PermissionCommand[], then: (first: Answer) => void): void {
    let first: Answer = { id: 0, result: {} };
    let open = commands.length;
    if (open === 0) then(first);
    commands.forEach(({ method, params }, index) => {
      this.#control.call(method, params, (answer) => {
        if (index === 0) first = answer;
        open -= 1;
        if (open === 0) then(first);
      });
    });
  }

  #finish({ result = {}, error }: Answer, done: (outcome: Outcome) => void): void {
    done(error ? { error } : { result });
    this.#next();
  }

  #enqueue(step: () => void): void {
    this.#queue.push(step);
    this.#walk();
  }

  #next(): void {
    this.#busy = false;
    this.#walk();
  }

  /** Steps that are over at once follow each other here, and not each within the one before. */
  #walk(): void {
    if (this.#walking) return;
    this.#walking = true;
    try {
      while (!this.#busy) {
        const step = this.#queue.shift();
        if (!step) return;
        this.#busy = true;
        step();
      }
    } finally {
      this.#walking = false;
    }
  }
}
