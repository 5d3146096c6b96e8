import type { Clock } from '../../shared/clock.ts';
import type { ClientIdentity, Observer } from '../contract/observer.ts';
import type { Holds } from '../isolation/holds.ts';
import type { Targets } from '../isolation/targets.ts';
import type { Control } from './control.ts';
import type { Crashes } from './crashes.ts';
import type { Desk } from './desk.ts';
import type { Downloader } from './downloads.ts';
import type { OwnDownloads } from './own-downloads.ts';
import type { Parking } from './parking.ts';
import type { CdpSession } from './sessions.ts';
import type { SharedContext } from './shared-context.ts';
import type { Wire } from './wire.ts';
import type { WorkerSessions } from './worker-sessions.ts';
import type { Worlds } from './world.ts';

/** A client as the others' rules see it. */
export interface Participant extends Downloader {
  readonly roots: ReadonlySet<CdpSession>;
  readonly identity: ClientIdentity;
  /** Its workspace goes without it. */
  readonly visits: boolean;
  /** A target of its workspace came into sight that was there before. */
  appeared(targetId: string): void;
  /** The browser is gone: told before what is in flight is answered. */
  losing(): void;
  lost(cause: string): void;
}

/** What the clients of one mux share. */
export interface MuxContext {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly targets: Targets;
  readonly control: Control;
  readonly worlds: Worlds;
  readonly ownDownloads: OwnDownloads;
  readonly holds: Holds;
  /** Workers that a client keeps waiting which others wait for as well, by session. */
  readonly stalls: Holds;
  readonly parking: Parking;
  readonly crashes: Crashes;
  readonly workers: WorkerSessions;
  readonly shared: SharedContext;
  readonly desk: Desk;
  /** To the person who runs the hub. */
  warn(message: string): void;
  /** Who will let a new target of that type run: its owner, somebody who sees everything, or nobody. */
  awaited(targetId: string, type: string): 'owner' | 'other' | null;
  onLeave(client: Participant): void;
}
