import { z } from 'zod';
import { Isolation } from './isolation.ts';

/**
 * What the supervisor, the gateway and the forwarder tell the screens. Every shape is plain JSON and is
 * validated where it enters a process. `at` and `since` are milliseconds since the epoch; durations are
 * milliseconds; sizes are bytes.
 */

export const ProcessName = z.enum(['browser', 'forwarder', 'gateway']);
export type ProcessName = z.infer<typeof ProcessName>;

/**
 * `stopped → starting → ready ⇄ degraded → stopping → exited`, `backoff` between an exit and the next try,
 * `failed` after too many of them. `attached`: a browser that somebody else started; it has no pid of ours.
 */
export const ProcessState = z.enum([
  'stopped',
  'starting',
  'ready',
  'attached',
  'degraded',
  'backoff',
  'failed',
  'stopping',
  'exited',
]);
export type ProcessState = z.infer<typeof ProcessState>;

/** What is wrong with a process, and what to do about it. */
export const Finding = z.object({ message: z.string(), fix: z.string() });
export type Finding = z.infer<typeof Finding>;

export const ProcessInfo = z.object({
  name: ProcessName,
  state: ProcessState,
  pid: z.number().int().nullable(),
  /** What it is, in a few words: `Chromium 156 headless`, `127.0.0.1:9224 → 127.0.0.1:9222`. */
  detail: z.string(),
  since: z.number(),
  restarts: z.number().int(),
  /** Share of one core since the last sample, 0–100·cores; null until there are two samples. */
  cpu: z.number().nullable(),
  /** Resident memory in bytes, the whole process tree for the browser; null where it cannot be read. */
  memory: z.number().nullable(),
  finding: Finding.nullable(),
  /** In `backoff` and `failed`: when the next try comes. */
  retryAt: z.number().nullable(),
});
export type ProcessInfo = z.infer<typeof ProcessInfo>;

export const ClientKind = z.enum(['cdp', 'http', 'mcp', 'raw']);
export type ClientKind = z.infer<typeof ClientKind>;

/** One downstream peer of the gateway, or (`raw`) one connection through the forwarder. */
export const ClientInfo = z.object({
  id: z.string(),
  kind: ClientKind,
  /** What it calls itself: a workspace name, a user agent's first word, `raw`; sanitised to one line. */
  name: z.string(),
  workspace: z.string(),
  /** Null for raw connections of the forwarder, which nothing isolates. */
  isolation: Isolation.nullable(),
  /** Address and port of the other end; empty for in-process clients. */
  peer: z.string(),
  /** The peer's process, where it is local and can be found. */
  pid: z.number().int().nullable(),
  since: z.number(),
  lastSeen: z.number(),
  connected: z.boolean(),
  requests: z.number().int(),
  failures: z.number().int(),
  inFlight: z.number().int(),
  /** What it sends waits until somebody resumes it. */
  paused: z.boolean(),
  /** Pages that this client is attached to. */
  tabs: z.number().int(),
  bytesIn: z.number(),
  bytesOut: z.number(),
  /** Latency percentiles of its latest exchanges, milliseconds; null before the first. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});
export type ClientInfo = z.infer<typeof ClientInfo>;

export const Outcome = z.enum(['open', 'ok', 'error', 'lost']);
export type Outcome = z.infer<typeof Outcome>;

/** What every row says of where it passed, and between whom. */
const Passed = {
  seq: z.number().int(),
  at: z.number(),
  client: z.string(),
  clientName: z.string(),
  method: z.string(),
  /** The targetId; empty for the browser itself. */
  target: z.string(),
  /** The number of the tab that the target is in, from 1 on; null where it is in none. */
  tab: z.number().int().nullable(),
  /** As the client knows it; empty where it names none. */
  sessionId: z.string(),
  /** The address that the command names, else that of its target; tokens in it are masked. Empty: not known. */
  url: z.string(),
  outcome: Outcome,
  /** Milliseconds from its arrival at the gateway to the answer's departure; null while open, and for events. */
  ms: z.number().nullable(),
  error: z.string().nullable(),
  /** The error's code in CDP; null where there is no error. */
  code: z.number().nullable(),
};

/** One command with its answer: a row of the requests pane. Sent again, same `seq`, when its outcome is known. */
export const ExchangeRow = z.object({
  ...Passed,
  kind: ClientKind,
  /** The command's id, as its client numbers them. */
  id: z.number().int(),
  /** The parts of `ms`: in the gateway, until it was sent; null while open. */
  inMs: z.number().nullable(),
  /** Behind the gateway: in Chrome, and on the way there and back; null for what the gateway answered itself. */
  browserMs: z.number().nullable(),
  /** From the answer's return until it was written to the client; null for what the gateway answered itself. */
  outMs: z.number().nullable(),
});
export type ExchangeRow = z.infer<typeof ExchangeRow>;

/** A call of a tool of MCP, which is known by a name without a domain. */
export function isToolCall(row: { readonly kind?: ClientKind; readonly method: string }): boolean {
  return row.kind === 'mcp' && !row.method.includes('.');
}

/** One message as it passed: a row of the traffic pane. Repeats of the same event collapse into `count`. */
export const FrameRow = z.object({
  ...Passed,
  dir: z.enum(['command', 'answer', 'event']),
  /** The command's id; null for events. */
  id: z.number().int().nullable(),
  /** The `seq` of the exchange that it is a part of; null for events. */
  exchange: z.number().int().nullable(),
  /** Size of the message; of all of them where `count` > 1. */
  bytes: z.number().int(),
  count: z.number().int(),
});
export type FrameRow = z.infer<typeof FrameRow>;

export const Stats = z.object({
  connected: z.boolean(),
  totalClients: z.number().int(),
  totalRequests: z.number().int(),
  failedRequests: z.number().int(),
  /** Messages per second over the last second, both directions. */
  rate: z.number(),
  /** Over the latest 1,024 exchanges of all clients, milliseconds. */
  p95: z.number().nullable(),
  /** Rows of both kinds that the recorder holds, and has let go of. */
  buffered: z.number().int(),
  dropped: z.number().int(),
  /** Bytes that it holds, bodies included. */
  bufferedBytes: z.number(),
});
export type Stats = z.infer<typeof Stats>;

/** Rows that are new, or of which more is known. `skipped`: how many further ones did not fit in, if any. */
export const TrafficBatch = z.object({
  frames: z.array(FrameRow),
  exchanges: z.array(ExchangeRow),
  skipped: z.number().int().optional(),
});
export type TrafficBatch = z.infer<typeof TrafficBatch>;

/** A message's text as it is kept: `text` is cut where it is shorter than `bytes`, the message's own size. */
export const Body = z.object({ text: z.string(), bytes: z.number().int(), cut: z.boolean() });
export type Body = z.infer<typeof Body>;

/** The messages of one row, those that are kept: null where nobody watched with bodies, or it is let go of. */
export const Bodies = z.object({
  command: Body.nullable(),
  answer: Body.nullable(),
  event: Body.nullable(),
});
export type Bodies = z.infer<typeof Bodies>;

export const HubUrls = z.object({
  gateway: z.string(),
  cdp: z.string(),
  mcp: z.string(),
  forwarder: z.string(),
  browser: z.string(),
  /** The further ports of the gateway (`--listen`), each with the workspace that it leads to. */
  listen: z.array(z.object({ workspace: z.string(), url: z.string() })),
});
export type HubUrls = z.infer<typeof HubUrls>;

export const HubPids = z.object({
  supervisor: z.number().int(),
  browser: z.number().int().nullable(),
  forwarder: z.number().int().nullable(),
  gateway: z.number().int().nullable(),
});
export type HubPids = z.infer<typeof HubPids>;

export const LogLevel = z.enum(['info', 'warn', 'error']);
export type LogLevel = z.infer<typeof LogLevel>;

/** What a part of the hub says to people. */
export const LogLine = z.object({
  type: z.literal('log'),
  at: z.number(),
  level: LogLevel,
  source: z.string(),
  message: z.string(),
});

export const Question = z.object({ question: z.number().int(), text: z.string() });
export type Question = z.infer<typeof Question>;

/** What happens to a hub, in the order in which it happens; `--json` prints these lines as they are. */
export const HubEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hub.ready'), urls: HubUrls, pids: HubPids }),
  z.object({ type: z.literal('hub.stopping'), reason: z.string() }),
  z.object({ type: z.literal('hub.stopped'), reason: z.string() }),
  z.object({
    type: z.literal('hub.failed'),
    error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
  }),
  z.object({ type: z.literal('process'), process: ProcessInfo }),
  z.object({ type: z.literal('clients'), clients: z.array(ClientInfo) }),
  z.object({ type: z.literal('stats'), stats: Stats }),
  z.object({ type: z.literal('traffic'), batch: TrafficBatch }),
  LogLine,
  z.object({
    type: z.literal('progress'),
    task: z.string(),
    /** 0–1; null where the length is not known. */
    fraction: z.number().nullable(),
    message: z.string(),
  }),
  /** Something that only a person may decide, answered by the control op `answer`. */
  z.object({ type: z.literal('question'), ...Question.shape }),
  z.object({ type: z.literal('answered'), question: z.number().int(), yes: z.boolean() }),
]);
export type HubEvent = z.infer<typeof HubEvent>;

/** All that a screen needs when it arrives. */
export const Snapshot = z.object({
  version: z.string(),
  home: z.string(),
  startedAt: z.number(),
  ready: z.boolean(),
  urls: HubUrls.nullable(),
  pids: HubPids,
  processes: z.array(ProcessInfo),
  clients: z.array(ClientInfo),
  stats: Stats.nullable(),
  questions: z.array(Question),
});
export type Snapshot = z.infer<typeof Snapshot>;
