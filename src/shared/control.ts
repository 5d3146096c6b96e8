import { z } from 'zod';
import { type Bodies, HubEvent, ProcessName, type Snapshot, type TrafficBatch } from './events.ts';
import { BodyWish, PageAct, type PageShown, PageWish, Watch } from './ipc.ts';

/**
 * The control socket of a hub: newline-delimited JSON both ways. A client sends {@link ControlRequest}s, each
 * with its own `id`; the supervisor answers every one once, and pushes {@link HubEvent}s in between.
 */

export const ControlRequest = z.discriminatedUnion('op', [
  /**
   * First of all. `owner`: the hub stops when this connection ends without `detach`. `traffic`: the pushed
   * events include traffic batches.
   */
  z.object({
    id: z.number().int(),
    op: z.literal('attach'),
    owner: z.boolean(),
    traffic: z.boolean(),
    /** What of the traffic; absent: everything, without bodies. */
    watch: Watch.optional(),
    /** The flags this caller was given, as [flag, value]: compared with those of the hub that runs. */
    flags: z.array(z.tuple([z.string(), z.string()])),
  }),
  z.object({ id: z.number().int(), op: z.literal('snapshot') }),
  /** What this connection is told of the traffic from now on; null: nothing. */
  z.object({ id: z.number().int(), op: z.literal('watch'), watch: Watch.nullable() }),
  z.object({
    id: z.number().int(),
    op: z.literal('backfill'),
    rows: z.number().int().min(1).max(5000),
    filter: z.string().optional(),
  }),
  /** The messages of one row; they are kept only while somebody watches with bodies. */
  z.object({ id: z.number().int(), op: z.literal('body'), ...BodyWish.shape }),
  z.object({ id: z.number().int(), op: z.literal('kill'), clients: z.array(z.string()).min(1) }),
  /** What these clients send is held, in order, until `resume`. Refused for raw connections of the forwarder. */
  z.object({ id: z.number().int(), op: z.literal('pause'), clients: z.array(z.string()).min(1) }),
  z.object({ id: z.number().int(), op: z.literal('resume'), clients: z.array(z.string()).min(1) }),
  /** A page of a client, for the person: to the front, into DevTools, as a picture. */
  z.object({ id: z.number().int(), op: z.literal('page'), act: PageAct, ...PageWish.shape }),
  z.object({ id: z.number().int(), op: z.literal('restart'), name: ProcessName }),
  z.object({ id: z.number().int(), op: z.literal('answer'), question: z.number().int(), yes: z.boolean() }),
  /** Gives the owner's lease up: the hub runs on without this connection. */
  z.object({ id: z.number().int(), op: z.literal('detach') }),
  /** `now`: no draining, everything is killed. */
  z.object({
    id: z.number().int(),
    op: z.literal('stop'),
    now: z.boolean(),
    reason: z.string(),
    drainMs: z.number(),
  }),
]);
export type ControlRequest = z.infer<typeof ControlRequest>;

/** What each request is answered with. */
export interface ControlResults {
  attach: { snapshot: Snapshot; owner: boolean };
  snapshot: Snapshot;
  watch: Record<string, never>;
  backfill: TrafficBatch;
  body: Bodies;
  /** `unknown`: the ids asked for that nobody has. */
  kill: { killed: string[]; unknown: string[] };
  pause: { paused: string[]; unknown: string[] };
  resume: { resumed: string[]; unknown: string[] };
  page: PageShown;
  restart: Record<string, never>;
  answer: Record<string, never>;
  detach: Record<string, never>;
  stop: Record<string, never>;
}

export const ControlMessage = z.union([
  z.object({ id: z.number().int(), ok: z.literal(true), result: z.unknown() }),
  z.object({
    id: z.number().int(),
    ok: z.literal(false),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
  }),
  z.object({ event: HubEvent }),
]);
export type ControlMessage = z.infer<typeof ControlMessage>;

/** Longest line that either end accepts, in characters: a backfill of 5,000 rows is about 2 MB. */
const MAX_LINE = 32 * 1024 * 1024;

/**
 * Splits a stream of chunks into its lines and hands over each one parsed. Throws on a line that is no JSON
 * or longer than 32 MiB; the caller closes that connection.
 */
export function lineReader(onValue: (value: unknown) => void): (chunk: string) => void {
  let parts: string[] = [];
  let length = 0;
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      const line = parts.join('') + chunk.slice(start, end);
      parts = [];
      length = 0;
      start = end + 1;
      if (line !== '') onValue(JSON.parse(line));
    }
    parts.push(chunk.slice(start));
    length += chunk.length - start;
    if (length > MAX_LINE) throw new RangeError(`a line of over ${MAX_LINE} characters`);
  };
}
