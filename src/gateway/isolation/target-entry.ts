import type { TargetInfo } from './target-info.ts';
import type { Workspace } from './workspace.ts';

/** Null: the person's at the browser, or nobody's. Undefined: not known yet. */
export type TargetOwner = Workspace | null | undefined;

/** What the registry of targets keeps of one. */
export interface Entry {
  info: TargetInfo;
  owner: TargetOwner;
  /** A tab's page. */
  page: Entry | null;
  /** Destroyed before its owner was known. */
  gone: boolean;
  /** Its owner has let it run. */
  ran: boolean;
  /** Of a page: its number for people; 0 until it is asked for. */
  number: number;
}
