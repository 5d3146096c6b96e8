import type { CdpError } from '../protocol/errors.ts';
import type { Workspace } from './workspace.ts';

/** Where a download goes. */
export type Place =
  | { do: 'leave' }
  | { do: 'deny' }
  /** Into the folder, under the name that the page suggests, or under the download's own id. */
  | { do: 'move'; folder: string; name: 'suggested' | 'guid' };

/** What `Browser.setDownloadBehavior` asks for; `place` null: a behavior that Chrome takes and ignores. */
export interface DownloadWish {
  place: Place | null;
  eventsEnabled: boolean;
}

export const LEAVE: Place = { do: 'leave' };

/** The errors are Chrome's (content/browser/devtools/protocol/browser_handler.cc). */
export function readDownloadWish(params: Record<string, unknown>): DownloadWish | CdpError {
  const { behavior, downloadPath, eventsEnabled } = params;
  if (typeof behavior !== 'string') return invalid('behavior', 'string value expected');
  if (downloadPath !== undefined && typeof downloadPath !== 'string') {
    return invalid('downloadPath', 'string value expected');
  }
  if (eventsEnabled !== undefined && typeof eventsEnabled !== 'boolean') {
    return invalid('eventsEnabled', 'bool value expected');
  }
  const place = readPlace(behavior, downloadPath ?? '');
  return place && 'code' in place ? place : { place, eventsEnabled: eventsEnabled === true };
}

function readPlace(behavior: string, folder: string): Place | CdpError | null {
  switch (behavior) {
    case 'default':
      return LEAVE;
    case 'deny':
      return { do: 'deny' };
    case 'allow':
    case 'allowAndName':
      if (folder === '') return { code: -32602, message: 'downloadPath not provided' };
      return { do: 'move', folder, name: behavior === 'allow' ? 'suggested' : 'guid' };
    default:
      return null;
  }
}

function invalid(name: string, problem: string): CdpError {
  const data = `Failed to deserialize params.${name} - BINDINGS: ${problem}`;
  return { code: -32602, message: 'Invalid parameters', data };
}

interface Wish<Session> {
  /** Null: it never said. */
  place: Place | null;
  /** The sessions that hear of downloads. */
  readonly events: Set<Session>;
}

/** Who hears of a download. */
export interface Listener<Client, Session> {
  client: Client;
  session: Session;
}

/**
 * What clients want of the downloads in the browser's default context. Chrome keeps one folder for all of it, and
 * forgets that when the session goes that set it: so there the hub sets none, and moves each file to where the
 * client wants it that the page belongs to.
 */
export class DownloadWishes<Client extends { readonly workspace: Workspace }, Session> {
  /** The last to say where downloads go is the last. */
  readonly #wishes = new Map<Client, Wish<Session>>();

  /** True while any client wants to hear of downloads, or have them elsewhere. */
  get any(): boolean {
    for (const { place, events } of this.#wishes.values()) {
      if (events.size > 0 || (place && place.do !== 'leave')) return true;
    }
    return false;
  }

  get clients(): Iterable<Client> {
    return this.#wishes.keys();
  }

  /** `eventsEnabled` counts for that session alone; null: the command says nothing about events. */
  set(client: Client, session: Session, wish: Pick<DownloadWish, 'place'> & Partial<DownloadWish>): void {
    const old = this.#wishes.get(client);
    const events = old?.events ?? new Set();
    if (wish.eventsEnabled === true) events.add(session);
    else if (wish.eventsEnabled === false) events.delete(session);
    if (wish.place) this.#wishes.delete(client);
    this.#wishes.set(client, { place: wish.place ?? old?.place ?? null, events });
  }

  left(client: Client): void {
    this.#wishes.delete(client);
  }

  /** Where a download goes that this workspace's page started; nobody's stay where they are. */
  placeOf(owner: Workspace | null): Place {
    let place: Place = LEAVE;
    for (const [client, wish] of this.#wishes) {
      if (client.workspace === owner && wish.place) place = wish.place;
    }
    return place;
  }

  /** Those that hear of the downloads of this workspace's pages; null: of nobody's. */
  listeners(owner: Workspace | null): Listener<Client, Session>[] {
    return [...this.#wishes].flatMap(([client, { events }]) =>
      hears(client.workspace, owner) ? [...events].map((session) => ({ client, session })) : [],
    );
  }

  listens({ client, session }: Listener<Client, Session>): boolean {
    return this.#wishes.get(client)?.events.has(session) ?? false;
  }

  clear(): void {
    this.#wishes.clear();
  }
}

/** Without isolation a client hears of all downloads but those of clients that are isolated. */
export function hears(workspace: Workspace, owner: Workspace | null): boolean {
  if (owner === workspace) return true;
  return workspace.isolation === 'none' && (owner === null || owner.isolation === 'none');
}
