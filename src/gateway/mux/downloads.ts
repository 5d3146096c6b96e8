import type { Clock } from '../../shared/clock.ts';
import { fileNameOf } from '../../shared/file-name.ts';
import {
  DownloadWishes,
  hears,
  type Listener,
  type Place,
  readDownloadWish,
} from '../isolation/downloads.ts';
import type { Outcome } from '../isolation/rulings.ts';
import type { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Answer, CdpEvent } from '../protocol/envelope.ts';
import type { Control } from './control.ts';
import { DownloadAskers } from './download-askers.ts';
import { type DownloadOwner, DownloadOwners } from './download-owners.ts';
import { FrameFinder } from './frame-finder.ts';
import type { CdpSession } from './sessions.ts';
import type { Wire } from './wire.ts';

/** The hub's hands on the files that the browser writes. */
export interface Files {
  /**
   * Moves a file into a folder, which is made where it is missing, under that name or the next that is free.
   * Resolves with the new path; rejects where the file is not there or the folder cannot be written.
   */
  move(from: string, toFolder: string, name: string): Promise<string>;
  remove(path: string): Promise<void>;
}

/** A client, as far as downloads go. */
export interface Downloader {
  readonly workspace: Workspace;
  deliver(session: CdpSession, event: CdpEvent, bytes: number): void;
}

interface Active {
  place: Place;
  name: string;
  listeners: Listener<Downloader, CdpSession>[];
}

export interface DownloadsOptions {
  wire: Wire;
  control: Control;
  targets: Targets;
  clock: Clock;
  files: Files;
  /** To the person who runs the hub. */
  warn(message: string): void;
}

type Done = (outcome: Outcome) => void;

const NOT_FOUND = { code: -32602, message: 'No download item found for the given GUID' };

/**
 * Downloads in the browser's default context: the hub hears of all of them on its own session, and tells each
 * client of those of its workspace's pages, with the file where that client wants it. The browser itself is left
 * to put files where it always does.
 */
export class Downloads {
  readonly #of: DownloadsOptions;
  readonly #wishes = new DownloadWishes<Downloader, CdpSession>();
  readonly #owners: DownloadOwners;
  readonly #active = new Map<string, Active>();
  /** Those that asked the browser itself, about contexts of their own. */
  readonly #elsewhere = new Set<Downloader>();
  readonly #askers: DownloadAskers;
  /** The browser tells the hub of downloads. */
  #armed = false;
  readonly #warned = new Set<string>();

  constructor(of: DownloadsOptions) {
    this.#of = of;
    this.#askers = new DownloadAskers(of.wire.sessions);
    this.#owners = new DownloadOwners({ ...of, finder: new FrameFinder(of.wire, of.control) });
  }

  /** A command about the default context that came on this session. */
  perform(
    client: Downloader,
    session: CdpSession,
    { method, params }: { method: string; params: object },
    done: Done,
  ): void {
    if (method === 'Browser.cancelDownload') this.#cancel(client, params, done);
    else this.#set(client, session, { method, params }, done);
  }

  /** It asks the browser itself about a context of its own: returns the parameters for that. */
  elsewhere(
    client: Downloader,
    asker: CdpSession,
    told: CdpSession,
    params: object | undefined,
  ): object | undefined {
    this.#elsewhere.add(client);
    return this.#askers.ask(asker, told, params);
  }

  /** An event on the hub's own session. */
  heard(event: CdpEvent): void {
    if (event.method === 'Browser.downloadWillBegin') {
      this.#known(event, (guid, owner) => this.#began(guid, owner, event));
    } else if (event.method === 'Browser.downloadProgress') {
      this.#known(event, (guid, owner) => this.#went(guid, owner, event));
    }
  }

  /** An event that the browser sent to a client's own session, as it does to all, whatever the context. */
  onClient(client: Downloader, session: CdpSession, event: CdpEvent, bytes: number): void {
    this.#known(event, (_guid, { workspace, inDefault }) => {
      // Of the default context the hub itself tells.
      if (inDefault || !hears(client.workspace, workspace)) return;
      const { method, params = {} } = event;
      for (const asker of this.#askers.of(session)) {
        client.deliver(asker, asker === session ? event : { method, params, sessionId: asker.id }, bytes);
      }
    });
  }

  /** A page's session told of a download of that page. */
  learn(session: CdpSession, event: CdpEvent): void {
    const { guid } = (event.params ?? {}) as { guid?: string };
    if (guid !== undefined) this.#owners.learn(guid, session.targetId);
  }

  /** The owners of some targets have become known. */
  drive(): void {
    this.#owners.drive();
  }

  tick(): void {
    this.#owners.expire();
  }

  left(client: Downloader): void {
    this.#wishes.left(client);
    this.#elsewhere.delete(client);
    this.#disarm();
  }

  /** The hub's session is another. */
  reopened(): void {
    this.#armed = false;
    if (this.#needed) this.#arm(() => {});
  }

  /** With the browser went everything. */
  clear(): void {
    this.#wishes.clear();
    this.#elsewhere.clear();
    this.#askers.clear();
    this.#owners.clear();
    this.#active.clear();
    this.#armed = false;
  }

  #set(
    client: Downloader,
    session: CdpSession,
    { method, params }: { method: string; params: object },
    done: Done,
  ): void {
    const wish = readDownloadWish({ ...params });
    if ('code' in wish) {
      done({ error: wish });
      return;
    }
    // The page's own command says nothing about events.
    this.#wishes.set(client, session, method.startsWith('Page.') ? { place: wish.place } : wish);
    // Said again each time: the person at the browser may have tools of their own that set it.
    if (this.#needed) this.#arm(done);
    else {
      this.#disarm();
      done({ result: {} });
    }
  }

  #cancel({ workspace }: Downloader, params: object, done: Done): void {
    const { guid } = params as { guid?: unknown };
    const owner = typeof guid === 'string' ? this.#owners.get(guid) : undefined;
    const mine = owner
      ? owner.inDefault && hears(workspace, owner.workspace)
      : workspace.isolation === 'none';
    if (mine || typeof guid !== 'string') {
      this.#of.control.call('Browser.cancelDownload', params, (answer) => done(outcomeOf(answer)));
    } else done({ error: NOT_FOUND });
  }

  /** Some client wants something of downloads, or one is still on its way to where a client wanted it. */
  get #needed(): boolean {
    if (this.#wishes.any) return true;
    for (const { place } of this.#active.values()) if (place.do !== 'leave') return true;
    return false;
  }

  #arm(done: Done): void {
    this.#armed = true;
    const params = { behavior: 'default', eventsEnabled: true };
    this.#of.control.call('Browser.setDownloadBehavior', params, (answer) => done(outcomeOf(answer)));
  }

  #disarm(): void {
    if (!this.#armed || this.#needed) return;
    this.#armed = false;
    const params = { behavior: 'default', eventsEnabled: false };
    this.#of.control.call('Browser.setDownloadBehavior', params, () => {});
  }

  /** Calls back as soon as it is known whose the download is that an event tells of. */
  #known({ method, params }: CdpEvent, then: (guid: string, owner: DownloadOwner) => void): void {
    const { guid = '', frameId = '' } = (params ?? {}) as { guid?: string; frameId?: string };
    if (method === 'Browser.downloadWillBegin') {
      this.#owners.begin(guid, frameId, () => this.#interested());
    }
    this.#owners.when(guid, (owner) => then(guid, owner));
  }

  #interested(): Set<Workspace> {
    return new Set([...this.#wishes.clients, ...this.#elsewhere].map(({ workspace }) => workspace));
  }

  #began(guid: string, { workspace, inDefault }: DownloadOwner, event: CdpEvent): void {
    if (!inDefault) return;
    const { suggestedFilename = '' } = (event.params ?? {}) as { suggestedFilename?: string };
    const place = this.#wishes.placeOf(workspace);
    const name = place.do === 'move' && place.name === 'guid' ? guid : suggestedFilename;
    const listeners = this.#wishes.listeners(workspace);
    this.#active.set(guid, { place, name: fileNameOf(name), listeners });
    if (place.do === 'deny') this.#of.control.call('Browser.cancelDownload', { guid }, () => {});
    this.#tell(listeners, event);
  }

  #went(guid: string, { inDefault }: DownloadOwner, event: CdpEvent): void {
    const active = this.#active.get(guid);
    if (!inDefault || !active) return;
    const { state, filePath } = (event.params ?? {}) as { state?: string; filePath?: string };
    if (state === 'inProgress') {
      this.#tell(active.listeners, event);
      return;
    }
    this.#active.delete(guid);
    if (state === 'completed' && filePath !== undefined) void this.#completed(active, filePath, event);
    else this.#tell(active.listeners, event);
    this.#disarm();
  }

  async #completed({ place, name, listeners }: Active, filePath: string, event: CdpEvent): Promise<void> {
    const { files } = this.#of;
    let params: object = { ...event.params };
    try {
      if (place.do === 'deny') {
        // It was quicker than its end.
        const { filePath: _, ...rest } = params as Record<string, unknown>;
        params = { ...rest, state: 'canceled' };
        await files.remove(filePath);
      } else if (place.do === 'move') {
        params = { ...params, filePath: await files.move(filePath, place.folder, name) };
      }
    } catch (error) {
      this.#warnOnce(error instanceof Error ? error : new Error(String(error)), filePath);
    }
    this.#tell(listeners, { ...event, params });
  }

  /** Once for each kind of failure: a page can start any number of downloads. */
  #warnOnce(error: Error & { code?: string }, filePath: string): void {
    const kind = error.code ?? error.name;
    if (this.#warned.has(kind)) return;
    this.#warned.add(kind);
    this.#of.warn(`a download stays where the browser put it, at ${filePath}: ${error.message}`);
  }

  #tell(listeners: readonly Listener<Downloader, CdpSession>[], { method, params }: CdpEvent): void {
    for (const listener of listeners) {
      const { client, session } = listener;
      if (!this.#wishes.listens(listener) || !this.#of.wire.sessions.has(session)) continue;
      const event = { method, params: params ?? {}, sessionId: session.id };
      client.deliver(session, event, JSON.stringify(event).length);
    }
  }
}

function outcomeOf({ result = {}, error }: Answer): Outcome {
  return error ? { error } : { result };
}

/** Where nothing can move files: they are where the browser put them. */
export const NO_FILES: Files = {
  move: (from) => Promise.resolve(from),
  remove: () => Promise.resolve(),
};
