import type { CdpEvent } from '../protocol/envelope.ts';
import type { Control } from './control.ts';
import { CdpSession, type SessionOwner } from './sessions.ts';
import { STEWARD_SCRIPT, type StewardApi } from './steward-script.ts';
import type { Wire } from './wire.ts';

/**
 * A text file of the bookmark manager: of its pages the one that costs least, with the same rights.
 * chrome/common/extensions/api/_api_features.json says which pages have `tabs` and `windows`.
 */
const PAGE = 'chrome://bookmarks/strings.m.js';

export interface StewardHooks {
  /** Its page is about to be made, and was. */
  making(): void;
  made(): void;
}

/** The outcome of what a steward was asked for; undefined: it could not do it. */
type Done = (result: unknown) => void;

/** A hidden page of the browser's own in one browser context, which does there what CDP cannot. */
export class Steward implements SessionOwner {
  readonly #wire: Wire;
  readonly #control: Control;
  readonly #contextId: string | null;
  readonly #hooks: StewardHooks;
  #session: CdpSession | null = null;
  #state: 'none' | 'making' | 'ready' | 'refused' = 'none';
  #queue: (() => void)[] = [];
  /** Counts how often it was made: what belongs to one that was given up is of no use to the next. */
  #attempt = 0;

  /** `contextId`: null for the default one. */
  constructor(wire: Wire, control: Control, contextId: string | null, hooks: StewardHooks) {
    this.#wire = wire;
    this.#control = control;
    this.#contextId = contextId;
    this.#hooks = hooks;
  }

  /** Calls a function of the {@link StewardApi} in the page, which is made first if need be. */
  ask<Name extends keyof StewardApi>(
    name: Name,
    args: Parameters<StewardApi[Name]>,
    done: Done = () => {},
  ): void {
    const ask = () => {
      if (this.#state !== 'ready' || !this.#session) {
        done(undefined);
        return;
      }
      const expression = `cdpHub.${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`;
      this.#evaluate(this.#session, expression, done);
    };
    // It ends with its context.
    if (this.#session && !this.#wire.sessions.has(this.#session)) this.#end(this.#session);
    if (this.#state === 'none') this.#make();
    if (this.#state === 'making') this.#queue.push(ask);
    else ask();
  }

  /** It does not answer: who waits is told that it could not do it, and the next ask makes another. */
  giveUp(): void {
    this.#attempt += 1;
    if (this.#session) this.#end(this.#session);
    if (this.#state === 'making') this.#become('none');
  }

  /** Only roots are told of it. */
  rootDetached(): void {}

  event(session: CdpSession, { method }: CdpEvent): void {
    // A later ask makes another.
    if (method === 'Inspector.targetCrashed') this.#end(session);
  }

  #make(): void {
    this.#state = 'making';
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#hooks.making();
    const params = {
      url: 'about:blank',
      hidden: true,
      background: true,
      ...(this.#contextId !== null && { browserContextId: this.#contextId }),
    };
    this.#control.call('Target.createTarget', params, ({ result }) => {
      this.#hooks.made();
      const { targetId } = (result ?? {}) as { targetId?: string };
      if (attempt !== this.#attempt) this.#close(targetId);
      else if (targetId === undefined) this.#become('refused');
      else this.#attach(targetId);
    });
  }

  #attach(targetId: string): void {
    this.#control.call('Target.attachToTarget', { targetId, flatten: true }, ({ result }) => {
      const { sessionId: id } = (result ?? {}) as { sessionId?: string };
      const parent = this.#control.session;
      if (id === undefined || !parent) {
        this.#close(targetId);
        this.#become('none');
        return;
      }
      const session = new CdpSession({ id, owner: this, parent, targetId, type: 'page' });
      this.#session = this.#wire.sessions.add(session);
      // Answered when the page is there.
      const open = () =>
        this.#control.call('Page.navigate', { url: PAGE }, () => this.#instruct(session), session);
      // Its timers must not be slowed as those of a hidden page are. One after the other: see page-settings.ts.
      this.#control.call('Emulation.setFocusEmulationEnabled', { enabled: true }, open, session);
    });
  }

  #instruct(session: CdpSession): void {
    this.#evaluate(session, STEWARD_SCRIPT, (able) => {
      if (able === true) this.#become('ready');
      else {
        this.#end(session);
        this.#become(able === false ? 'refused' : 'none');
      }
    });
  }

  #evaluate(session: CdpSession, expression: string, done: Done): void {
    const params = { expression, awaitPromise: true, returnByValue: true };
    this.#control.call(
      'Runtime.evaluate',
      params,
      ({ result }) => {
        const { result: value, exceptionDetails } = (result ?? {}) as {
          result?: { value?: unknown };
          exceptionDetails?: unknown;
        };
        done(exceptionDetails === undefined ? value?.value : undefined);
      },
      session,
    );
  }

  #become(state: 'none' | 'ready' | 'refused'): void {
    this.#state = state;
    for (const ask of this.#queue.splice(0)) ask();
  }

  #end(session: CdpSession): void {
    if (this.#session !== session) return;
    this.#session = null;
    if (this.#state === 'ready') this.#state = 'none';
    if (!this.#wire.sessions.has(session)) return;
    this.#wire.endSession(session, 'it is not needed any more');
    this.#close(session.targetId);
  }

  #close(targetId: string | undefined): void {
    if (targetId !== undefined) this.#control.call('Target.closeTarget', { targetId }, () => {});
  }
}
