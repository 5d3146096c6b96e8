import { randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import type { JournalEntry } from '../../shared/isolation.ts';
import type { ClientIdentity, Observer } from '../contract/observer.ts';
import { awaits } from '../isolation/auto-attach.ts';
import { Holds } from '../isolation/holds.ts';
import { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import { type Answer, type CdpEvent, isAnswer, readMessage } from '../protocol/envelope.ts';
import { Control } from './control.ts';
import { Crashes } from './crashes.ts';
import { Desk } from './desk.ts';
import { type Files, NO_FILES } from './downloads.ts';
import { Endings } from './endings.ts';
import { MuxClient, type Sink } from './mux-client.ts';
import type { MuxContext, Participant } from './mux-context.ts';
import { OwnDownloads } from './own-downloads.ts';
import { Parking } from './parking.ts';
import { Pictures } from './pictures.ts';
import { restoreWorld } from './restore.ts';
import { SharedContext } from './shared-context.ts';
import type { Face } from './top-sessions.ts';
import { Wire } from './wire.ts';
import { WorkerSessions } from './worker-sessions.ts';
import { Worlds } from './world.ts';

export interface MuxOptions {
  clock: Clock;
  observer: Observer;
  /** What some workspace has in the browser is another than before. */
  changed?: () => void;
  /** Absent: what clients download stays where the browser puts it. */
  files?: Files;
  /** Where downloads go in a context of its own until its client says otherwise; null: not known. */
  downloads?: () => string | null;
  /** Covers say whose the pages behind them are; absent: they do. */
  badge?: boolean;
  /** To the person who runs the hub. */
  warn?: (message: string) => void;
  /** Hexadecimal digits that no other hub has, others each time; absent: random. */
  newMark?: () => string;
  /** Calls `then` once, that many milliseconds later. */
  later?: (ms: number, then: () => void) => void;
}

/**
 * Many clients over one connection to the browser. Frames in, frames out: it has no socket and no timer.
 *
 * Every client gets a root session of its own (`Target.attachToBrowserTarget` on the bare connection), so
 * the browser itself keeps their discovery, auto-attach and events apart. Ids are rewritten to the hub's
 * own, every sessionId is checked against the client's own sessions, what a client's workspace does not own
 * is neither shown to it nor obeyed, and what the browser will never answer is answered here.
 */
export class Mux {
  /** All targets of the browser, and whose they are. */
  readonly targets: Targets;
  readonly #clients = new Set<Participant>();
  readonly #wire: Wire;
  readonly #control: Control;
  readonly #worlds: Worlds;
  readonly #ownDownloads: OwnDownloads;
  readonly #holds: Holds;
  readonly #stalls: Holds;
  readonly #parking: Parking;
  readonly #crashes: Crashes;
  readonly #workers: WorkerSessions;
  readonly #shared: SharedContext;
  readonly #context: MuxContext;
  readonly #endings: Endings;
  readonly #desk: Desk;
  readonly #pictures: Pictures;

  constructor(options: MuxOptions) {
    this.#wire = new Wire({ clock: options.clock, later: options.later ?? later });
    this.targets = new Targets(
      {
        now: () => options.clock.now(),
        changed: options.changed ?? (() => {}),
        settled: () => {
          this.#parking.drive();
          this.#shared.downloads.drive();
        },
        appeared: (targetId, workspace) => {
          for (const client of this.#clients) if (client.workspace === workspace) client.appeared(targetId);
        },
        orphan: (targetId) => this.#control.call('Target.closeTarget', { targetId }, () => {}),
        orphanContext: (browserContextId) =>
          this.#control.call('Target.disposeBrowserContext', { browserContextId }, () => {}),
        taken: (info) => this.#desk.taken(info),
        left: (targetId) => this.#desk.left(targetId),
      },
      options.newMark ?? newMark,
    );
    this.#parking = new Parking(options.clock, this.targets);
    this.#crashes = new Crashes(this.#wire, this.targets, options.clock);
    this.#control = new Control(this.#wire, this.targets, {
      event: (event) => {
        this.#crashes.heard(event);
        this.#shared.downloads.heard(event);
      },
      opened: () => this.#shared.reopened(),
      told: () => this.#desk.opened(),
    });
    this.#shared = new SharedContext({
      wire: this.#wire,
      control: this.#control,
      targets: this.targets,
      clock: options.clock,
      files: options.files ?? NO_FILES,
      warn: options.warn ?? (() => {}),
    });
    this.#workers = new WorkerSessions(this.#wire, this.#control);
    this.#ownDownloads = new OwnDownloads(this.#control, options.downloads ?? (() => null));
    this.#worlds = new Worlds(this.#control, this.targets, this.#ownDownloads);
    this.#endings = new Endings(this.#control, this.targets);
    this.#desk = new Desk({
      wire: this.#wire,
      control: this.#control,
      targets: this.targets,
      clock: options.clock,
      whose: (workspace) => (options.badge === false ? null : this.#nameOf(workspace)),
    });
    this.#pictures = new Pictures(this.#wire, this.#control);
    this.#holds = new Holds(options.clock);
    this.#stalls = new Holds(options.clock);
    this.#context = {
      wire: this.#wire,
      clock: options.clock,
      observer: options.observer,
      targets: this.targets,
      control: this.#control,
      worlds: this.#worlds,
      ownDownloads: this.#ownDownloads,
      holds: this.#holds,
      stalls: this.#stalls,
      parking: this.#parking,
      crashes: this.#crashes,
      workers: this.#workers,
      shared: this.#shared,
      desk: this.#desk,
      warn: options.warn ?? (() => {}),
      awaited: (targetId, type) => this.#awaited(targetId, type),
      onLeave: (client) => this.#left(client),
    };
  }

  get connected(): boolean {
    return this.#wire.connected;
  }

  /** It is known what there is in the browser: nobody needs to wait for {@link known}. */
  get ready(): boolean {
    return this.#wire.connected && this.#control.ready;
  }

  /** What is held right now: for tests of leaks, and for the state of the gateway. */
  get held(): { clients: number; sessions: number; inFlight: number } {
    return {
      clients: this.#clients.size,
      // The hub's own root is nobody's.
      sessions: this.#wire.sessions.size - (this.#control.session ? 1 : 0),
      inFlight: this.#wire.inFlight,
    };
  }

  /** What waits for an owner to let it run, or to be known. */
  get waiting(): { holds: number; parked: number } {
    return { holds: this.#holds.size, parked: this.#parking.size };
  }

  /** A connection to the browser is there; `send` takes one text frame. */
  open(send: (text: string) => void): void {
    this.#wire.open(send);
    this.#control.open();
  }

  /**
   * A text frame of the browser, whose bytes are the mux's from here on. Throws a SyntaxError on what is no JSON:
   * whoever is there, it is no browser, and the connection should end.
   */
  receive(frame: Buffer): void {
    const bytes = frame.length;
    const message = readMessage(frame);
    if (isAnswer(message)) this.#wire.settle(message, bytes);
    else if (message.sessionId === undefined) this.#bareEvent(message);
    else {
      const session = this.#wire.sessions.get(message.sessionId);
      // None: it was on its way when its client left.
      session?.owner.event(session, message, bytes);
    }
  }

  /**
   * The connection is gone. Everything in flight is answered with the cause, then every client is told. While
   * there is none, it says what later commands are answered with.
   */
  lost(cause: string): void {
    const was = this.#wire.connected;
    if (was) for (const client of this.#clients) client.losing();
    this.#wire.lost(cause);
    if (!was) return;
    this.#control.lost();
    this.#holds.clear();
    this.#stalls.clear();
    this.#parking.clear();
    this.#crashes.clear();
    this.#workers.clear();
    this.#ownDownloads.clear();
    this.#shared.clear();
    this.targets.clear();
    this.#endings.clear();
    this.#desk.clear();
    for (const client of [...this.#clients]) {
      client.workspace.forget();
      client.lost(cause);
    }
  }

  /** True while something of a workspace that has ended is still there. */
  get ending(): boolean {
    return this.#endings.any;
  }

  /** To be called about once a second: what waited too long for a client or an answer waits no longer. */
  tick(): void {
    this.#wire.tick();
    this.#holds.expire();
    this.#stalls.expire();
    this.#parking.expire();
    this.#crashes.tick();
    this.#workers.reap(() => {});
    this.#shared.downloads.tick();
    this.#endings.tick();
    this.#desk.tick();
  }

  /** `visits`: its workspace belongs to others, and goes without it. */
  join(of: {
    identity: ClientIdentity;
    workspace: Workspace;
    face: Face;
    sink: Sink;
    visits?: boolean;
  }): MuxClient {
    const client = new MuxClient(this.#context, { visits: false, ...of });
    this.#clients.add(client);
    if (!client.visits) this.#desk.renamed(client.workspace);
    return client;
  }

  /** Resolves when the hub knows what there is in the browser. */
  known(): Promise<void> {
    return new Promise((resolve) => this.#control.onceReady(resolve));
  }

  /** Resolves with an error's text where the world of a workspace could not be made. */
  prepare(workspace: Workspace): Promise<string | null> {
    return new Promise((resolve) => {
      this.#worlds.make(workspace, (error) => resolve(error?.message ?? null));
    });
  }

  /**
   * Gives a workspace what a journal says that it had, as far as it is still there. Its clients wait until that is
   * known, and `done` is called.
   */
  restore(
    workspace: Workspace,
    journal: Pick<JournalEntry, 'home' | 'contexts' | 'targets'>,
    done: () => void,
  ): void {
    const hub = { wire: this.#wire, control: this.#control, targets: this.targets, worlds: this.#worlds };
    restoreWorld(workspace, journal, hub, done);
  }

  /** A command of the hub's own. Resolves with the answer, errors included. */
  call(method: string, params: object = {}): Promise<Answer> {
    return new Promise((resolve) => this.#control.call(method, params, resolve));
  }

  /** True where the browser has windows that a person sees. */
  get headful(): boolean {
    return this.#control.headful;
  }

  /** A small PNG of the page, as base64; null where it draws nothing within `ms`. */
  picture(targetId: string, ms: number): Promise<string | null> {
    return this.#pictures.take(targetId, ms);
  }

  /**
   * Ends a workspace: what it has is closed, or becomes the person's at the browser, and so does what may still
   * turn up of it.
   */
  end(workspace: Workspace): void {
    this.#endings.begin(workspace);
  }

  #awaited(targetId: string, type: string): 'owner' | 'other' | null {
    if (this.targets.own.has(targetId)) return null;
    const owner = this.targets.ownerOf(targetId);
    let other = false;
    for (const { workspace, roots } of this.#clients) {
      if (workspace !== owner && workspace.isolation !== 'none') continue;
      for (const root of roots) {
        if (!awaits(root.autoAttach, type)) continue;
        if (workspace === owner) return 'owner';
        other = true;
      }
    }
    return other ? 'other' : null;
  }

  /** What people know a workspace by: the name that it was given, else that of its client; null: none yet. */
  #nameOf(workspace: Workspace): string | null {
    const clients = [...this.#clients].filter((each) => each.workspace === workspace && !each.visits);
    // The workspace of an MCP session that named none is called by its client's id, which says nothing to people.
    const own = clients.find(({ identity }) => identity.id === workspace.name);
    if (workspace.named && !own) return workspace.name;
    return (own ?? clients[0])?.identity.name ?? null;
  }

  /** What waited for this client, and for nobody else, waits for nobody any more. */
  #left(client: Participant): void {
    this.#clients.delete(client);
    this.#shared.left(client);
    for (const targetId of this.#holds.targets()) {
      if (this.#awaited(targetId, this.targets.get(targetId)?.type ?? '') === null)
        this.#holds.release(targetId);
    }
    if (!client.workspace.named && !client.visits) this.end(client.workspace);
  }

  /** The bare connection only sees the roots come and go. */
  #bareEvent(event: CdpEvent): void {
    const { sessionId, targetInfo } = (event.params ?? {}) as {
      sessionId?: string;
      targetInfo?: { targetId?: string };
    };
    if (sessionId === undefined) return;
    if (event.method === 'Target.attachedToTarget') {
      this.#wire.noteRoot(sessionId, targetInfo?.targetId ?? '');
    } else if (event.method === 'Target.detachedFromTarget') {
      const root = this.#wire.sessions.get(sessionId);
      root?.owner.rootDetached(root);
    }
  }
}

const newMark = (): string => randomBytes(8).toString('hex');

const later = (ms: number, then: () => void): void => {
  setTimeout(then, ms).unref();
};
