import { z } from 'zod';
import { RateLimit } from './access-settings.ts';
import { Bodies, ClientInfo, HubEvent, ProcessName, Stats, TrafficBatch } from './events.ts';
import { Isolation, Journal, ListenSpec } from './isolation.ts';
import { SavedSession } from './mcp.ts';

/**
 * The messages between the supervisor and its two children, over Node's IPC channel. The channel is also the
 * children's lifeline: `disconnect` means that the supervisor is gone, and they exit.
 */

/** Where the browser's DevTools endpoint is; `wsUrl` is the browser-level WebSocket. */
export const BrowserEndpoint = z.object({
  host: z.string(),
  port: z.number().int(),
  wsUrl: z.string(),
  /** False where only the WebSocket answers (Chrome's own approval mode): `/json/*` is 404 there. */
  http: z.boolean(),
  /** The `DevToolsActivePort` that has the WebSocket's path, which is another in every run of such a browser. */
  announcedIn: z.string().optional(),
  launched: z.boolean(),
});
export type BrowserEndpoint = z.infer<typeof BrowserEndpoint>;

export const GatewayConfig = z.object({
  host: z.string(),
  port: z.number().int(),
  allowedHosts: z.array(z.string()),
  /** What `/api/v2` is asked with. */
  controlToken: z.string().min(1),
  /** What all else is asked with; null: it is open. */
  token: z.string().min(1).nullable(),
  corsOrigins: z.array(z.string()),
  rateLimit: RateLimit.nullable(),
  version: z.string(),
  /** The hub's own browser id: the `<id>` of `/devtools/browser/<id>`, the same across restarts of Chrome. */
  browserId: z.string(),
  /** What a client gets that asks for none. */
  isolation: Isolation,
  /** The tabs of clients that leave stay open. */
  keepTabs: z.boolean(),
  /** The hub's own tabs in front of clients' windows say whose they are. */
  badge: z.boolean(),
  listen: z.array(ListenSpec),
  /** Milliseconds without use after which an MCP session ends; 0: never. */
  sessionIdle: z.number().int().min(0),
  /** Where the MCP sessions keep their files, a folder each. */
  artifactsDir: z.string().min(1),
  /** Where the hub keeps all that is its own. */
  stateDir: z.string().min(1),
  /** The folders whose files agents may upload; empty: nobody named any. */
  uploadDirs: z.array(z.string()),
  /** What MCP sessions need, and the OpenAPI document, is ready soon after the start: the first would wait for it. */
  preload: z.boolean(),
});
export type GatewayConfig = z.infer<typeof GatewayConfig>;

/** What the gateway asks of the supervisor for somebody who has the control token. */
export const GatewayAsk = z.discriminatedUnion('op', [
  /** The raw connections of the forwarder, as an array of ClientInfo. */
  z.object({ op: z.literal('raw') }),
  /** A boolean: false where nobody has this id. CONTROL where it cannot be paused. */
  z.object({ op: z.enum(['kill', 'pause', 'resume']), client: z.string() }),
  /** An array of ProcessInfo. */
  z.object({ op: z.literal('processes') }),
  /** `null`, once it is ready again; before it goes where it is the gateway itself. */
  z.object({ op: z.literal('restart'), name: ProcessName }),
]);
export type GatewayAsk = z.infer<typeof GatewayAsk>;

/** What somebody wants to see of the traffic. */
export const Watch = z.object({
  /** In the grammar of `shared/filter`; empty: everything. */
  filter: z.string(),
  /** The messages themselves are kept, to be asked for one by one. */
  bodies: z.boolean(),
});
export type Watch = z.infer<typeof Watch>;

/** Which row's messages; `open`: unmasked, for the person at the terminal and for nothing that is written or sent on. */
export const BodyWish = z.object({
  of: z.enum(['exchange', 'frame']),
  seq: z.number().int(),
  open: z.boolean(),
});
export type BodyWish = z.infer<typeof BodyWish>;

/** Which page: that target, which the client may see; empty: the one that it used last. */
export const PageWish = z.object({ client: z.string(), target: z.string() });
export type PageWish = z.infer<typeof PageWish>;

/** What is wanted of a page: to the front of the browser, into DevTools, a small picture of it. */
export const PageAct = z.enum(['front', 'devtools', 'picture']);
export type PageAct = z.infer<typeof PageAct>;

/** A page of which something was wanted, and what came of it. */
export const PageShown = z.object({
  /** The number of its tab. */
  tab: z.number().int().nullable(),
  title: z.string(),
  url: z.string(),
  /** `devtools` in a browser without windows: where to open it. It holds a pass for this page. */
  address: z.string().nullable(),
  /** `picture`: a PNG of at most 160×100 pixels, as base64. */
  picture: z.string().nullable(),
});
export type PageShown = z.infer<typeof PageShown>;

const ErrorData = z.object({ code: z.string(), message: z.string(), hint: z.string() });

export const ToGateway = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('config'),
    config: GatewayConfig,
    browser: BrowserEndpoint.nullable(),
    /** What the gateway before this one told last. */
    journal: Journal.nullable(),
    /** The MCP sessions that it had. */
    sessions: z.array(SavedSession).default([]),
  }),
  /** The browser came, went (null, with the cause for those who wait) or moved. */
  z.object({ type: z.literal('browser'), browser: BrowserEndpoint.nullable(), reason: z.string() }),
  /** Somebody looks at the traffic: batches with that number flow until `unwatch`. */
  z.object({ type: z.literal('watch'), watch: z.number().int(), ...Watch.shape }),
  /** What the programs that listen at the gateway should hear of as well. */
  z.object({ type: z.literal('event'), event: HubEvent }),
  z.object({ type: z.literal('unwatch'), watch: z.number().int() }),
  z.object({
    type: z.literal('backfill'),
    id: z.number().int(),
    rows: z.number().int(),
    filter: z.string(),
  }),
  z.object({ type: z.literal('body'), id: z.number().int(), ...BodyWish.shape }),
  z.object({ type: z.literal('kill'), id: z.number().int(), clients: z.array(z.string()) }),
  /** `on`: what these clients send is held from here on; else it goes on. */
  z.object({ type: z.literal('pause'), id: z.number().int(), on: z.boolean(), clients: z.array(z.string()) }),
  z.object({ type: z.literal('page'), id: z.number().int(), act: PageAct, ...PageWish.shape }),
  /** To the `ask` of this number. */
  z.object({
    type: z.literal('answered'),
    ask: z.number().int(),
    answer: z.union([z.object({ result: z.unknown() }), z.object({ error: ErrorData })]),
  }),
  /** The hub stops for good: what the workspaces have in a browser that lives on is closed by the drain to come. */
  z.object({ type: z.literal('last') }),
  /** Answer 503 `draining`, let what is in flight finish for at most `ms`, close with 1001, exit. */
  z.object({ type: z.literal('drain'), ms: z.number() }),
]);
export type ToGateway = z.infer<typeof ToGateway>;

/** `port`: the one of them that could not be had. */
const BindFailed = z.object({
  type: z.literal('bind-failed'),
  code: z.string(),
  message: z.string(),
  port: z.number().int(),
});

export const FromGateway = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    host: z.string(),
    port: z.number().int(),
    /** The further ports, in the order of the configuration's `listen`. */
    listen: z.array(z.number().int()),
  }),
  BindFailed,
  z.object({ type: z.literal('upstream'), connected: z.boolean(), reason: z.string() }),
  /** An attached browser stopped or resumed answering over the one connection there is. */
  z.object({ type: z.literal('upstream-health'), answering: z.boolean(), silentMs: z.number() }),
  z.object({ type: z.literal('clients'), clients: z.array(ClientInfo) }),
  z.object({ type: z.literal('stats'), stats: Stats }),
  z.object({ type: z.literal('traffic'), watch: z.number().int(), batch: TrafficBatch }),
  z.object({ type: z.literal('backfilled'), id: z.number().int(), batch: TrafficBatch }),
  z.object({ type: z.literal('body'), id: z.number().int(), bodies: Bodies }),
  z.object({ type: z.literal('killed'), id: z.number().int(), clients: z.array(z.string()) }),
  z.object({ type: z.literal('paused'), id: z.number().int(), clients: z.array(z.string()) }),
  z.object({
    type: z.literal('page'),
    id: z.number().int(),
    answer: z.union([z.object({ result: PageShown }), z.object({ error: ErrorData })]),
  }),
  z.object({ type: z.literal('ask'), ask: z.number().int(), what: GatewayAsk }),
  /** What a later gateway needs to go on with the workspaces; told on every change. */
  z.object({ type: z.literal('journal'), journal: Journal }),
  /** The MCP sessions there are, for a later gateway: they outlive the browser. */
  z.object({ type: z.literal('sessions'), sessions: z.array(SavedSession) }),
  /** What the person who runs the hub should know. */
  z.object({ type: z.literal('warning'), message: z.string() }),
]);
export type FromGateway = z.infer<typeof FromGateway>;

export const ForwarderConfig = z.object({
  host: z.string(),
  port: z.number().int(),
  allow: z.array(z.string()),
  allowedHosts: z.array(z.string()),
});
export type ForwarderConfig = z.infer<typeof ForwarderConfig>;

const Target = z.object({ host: z.string(), port: z.number().int() });

export const ToForwarder = z.discriminatedUnion('type', [
  z.object({ type: z.literal('config'), config: ForwarderConfig, target: Target.nullable() }),
  z.object({ type: z.literal('target'), target: Target.nullable() }),
  z.object({ type: z.literal('kill'), id: z.number().int(), clients: z.array(z.string()) }),
  z.object({ type: z.literal('drain'), ms: z.number() }),
]);
export type ToForwarder = z.infer<typeof ToForwarder>;

export const FromForwarder = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), host: z.string(), port: z.number().int() }),
  BindFailed,
  z.object({ type: z.literal('clients'), clients: z.array(ClientInfo) }),
  z.object({ type: z.literal('killed'), id: z.number().int(), clients: z.array(z.string()) }),
]);
export type FromForwarder = z.infer<typeof FromForwarder>;

/**
 * The child's end of the channel. Messages that do not fit the schema are a bug of ours and throw; when the
 * supervisor goes, `onGone` is called once. Without a channel (started by hand) it throws a plain Error.
 */
export function parentChannel<In, Out extends object>(
  schema: z.ZodType<In>,
  onMessage: (message: In) => void,
  onGone: () => void,
): { send: (message: Out) => void } {
  if (!process.send) throw new Error('this process is a part of cdp-hub: run `cdp-hub up`, which starts it');
  process.on('message', (raw) => onMessage(schema.parse(raw)));
  process.once('disconnect', onGone);
  return {
    send: (message) => {
      // A send on a channel that closes in this very moment fails: `disconnect` follows and ends the process.
      if (process.connected) process.send?.(message, undefined, undefined, () => {});
    },
  };
}
