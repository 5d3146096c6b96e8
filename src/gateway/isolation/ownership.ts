import type { CdpEvent } from '../protocol/envelope.ts';

/** What the hub knows of a target: the part of `Target.TargetInfo` that ownership is decided by. */
export interface TargetInfo {
  targetId: string;
  type: string;
  url: string;
  browserContextId?: string;
  openerId?: string;
}

/** Whose it may be: what an ownership rule may ask about a client. */
export interface Owner {
  readonly id: string;
  readonly workspace: string;
}

/** True where the client may see and drive the target. */
export type Owns = (owner: Owner, target: TargetInfo) => boolean;

/** Isolation `none`: everything is everybody's, as with Chrome itself. */
export const ownsEverything: Owns = () => true;

/** The target that an event shows to a client: attached to, created or changed. Null for all other events. */
export function shownTarget(event: CdpEvent): TargetInfo | null {
  switch (event.method) {
    case 'Target.attachedToTarget':
    case 'Target.targetCreated':
    case 'Target.targetInfoChanged':
      return (event.params as { targetInfo?: TargetInfo } | undefined)?.targetInfo ?? null;
    default:
      return null;
  }
}
