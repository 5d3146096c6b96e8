import { z } from 'zod';
import { ClientInfo, LogLine, ProcessInfo, Question, TrafficBatch } from './events.ts';

/** What happens to a hub, for programs: the events of `GET /api/v2/events`, each with its `type` as SSE's `event`. */
export const ProgramEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('client.joined'), at: z.number(), client: ClientInfo }),
  z.object({ type: z.literal('client.left'), at: z.number(), client: ClientInfo }),
  /** The gateway's connection to the browser; `reason` says why there is none. */
  z.object({ type: z.literal('browser'), at: z.number(), connected: z.boolean(), reason: z.string() }),
  /** A process changed its state. */
  z.object({ type: z.literal('process'), at: z.number(), process: ProcessInfo }),
  LogLine,
  z.object({ type: z.literal('question'), at: z.number(), ...Question.shape }),
  z.object({ type: z.literal('answered'), at: z.number(), question: z.number().int(), yes: z.boolean() }),
]);
export type ProgramEvent = z.infer<typeof ProgramEvent>;

/** What a stream of these says besides. */
export const StreamEvent = z.discriminatedUnion('type', [
  ...ProgramEvent.options,
  /** The first of every stream: `run` is this life of the gateway. */
  z.object({ type: z.literal('start'), run: z.string() }),
  /** Something that happened after `Last-Event-ID` is not told: it is too old, or of another life of the gateway. */
  z.object({ type: z.literal('gap'), reason: z.string() }),
  z.object({ type: z.literal('traffic'), batch: TrafficBatch }),
  /** The last one. */
  z.object({ type: z.literal('end'), reason: z.string() }),
]);
export type StreamEvent = z.infer<typeof StreamEvent>;
