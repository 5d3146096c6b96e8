import type { Refusal } from '../../shared/refusal.ts';
import type { ClientIdentity, ToolEnd } from './observer.ts';

/** One connection to the browser as a CDP client has it, without a socket; messages are JSON texts. */
export interface Pipe {
  send(message: string): void;
  close(): void;
  onmessage?: ((message: string) => void) | undefined;
  onclose?: (() => void) | undefined;
}

/** What a session of tools works in: its place among the clients, and its way to the browser. */
export interface Seat {
  readonly identity: ClientIdentity;
  /** Others may work in its workspace: what is there stays when it leaves. */
  readonly shared: boolean;
  /** The sites whose login its workspace was given. */
  readonly seed: readonly string[];
  /** What it sends is held by the person who runs the hub. */
  readonly paused: boolean;
  /** Why there is no browser in this moment; null: there is one. */
  readonly absent: string | null;
  /** A new connection; the one before it is void. */
  open(): Pipe;
  /** Null once there is a browser; else, after a while, why there is none. `patience`: milliseconds for one to be started. */
  ready(patience?: number): Promise<Refusal | null>;
  /** It is used, by this tool: its workspace stays. What is returned is called once, when that is answered. */
  called(tool: string, args: Readonly<Record<string, unknown>>): ToolEnd;
  /** `closed`: what it has in the browser is closed now, unless others work there. */
  leave(closed: boolean): void;
}
