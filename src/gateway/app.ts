import type { IncomingMessage } from 'node:http';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HubError } from '../shared/errors.ts';
import { type Refusal, refusalBody } from '../shared/refusal.ts';
import type { Agents } from './agents.ts';
import { type DiscoveryOptions, discoveryRoutes } from './cdp/discovery.ts';
import { frontEndRoutes } from './cdp/front-end.ts';
import type { Located } from './contract/identity.ts';
import { HUNG, noBrowser } from './contract/refusal.ts';
import type { Guests } from './guests.ts';
import { type ControlOptions, controlRoutes } from './http/control.ts';
import { docsRoutes } from './http/docs.ts';
import type { EventStreams } from './http/events.ts';
import { executeRoute } from './http/execute.ts';
import { mcpRoute } from './http/mcp.ts';
import { type Measures, metricsRoute } from './http/metrics.ts';
import { openApiRoute } from './http/openapi.ts';
import { routes } from './http/shapes/api.ts';
import { refuse } from './http/shapes/refusal.ts';
import { type StatusOptions, statusRoutes } from './http/status.ts';
import { verbsOf } from './http/verbs.ts';
import type { HttpCallers } from './http-callers.ts';
import type { Workspaces } from './workspaces.ts';

export interface AppOptions {
  guests: Guests;
  workspaces: Workspaces;
  callers: HttpCallers;
  agents: Agents;
  status: StatusOptions;
  control: ControlOptions;
  events: EventStreams;
  measure(): Measures;
  /** True for the path of a socket that is a way in of its own to one page. */
  passes(path: string): boolean;
  discovery: Omit<DiscoveryOptions, 'located' | 'check' | 'workspace' | 'caller'>;
}

interface Bindings {
  located: Located;
  incoming: IncomingMessage;
}

export interface App {
  serve(request: Request, incoming: IncomingMessage): Response | Promise<Response>;
  /** Makes what takes long to make, once; for when nobody waits. */
  prepare(): void;
}

/** All that is served over HTTP. Every request under `/w/NAME` is served as without it, in that workspace. */
export function gatewayApp(options: AppOptions): App {
  const { app, prepare } = wholeApp(options);
  const serve: App['serve'] = (request, incoming) => {
    const located = options.guests.locate(incoming);
    if ('status' in located) return Response.json(refusalBody(located), { status: located.status });
    const bindings: Bindings = { located, incoming };
    const url = new URL(request.url);
    // A port's own workspace may be named as well: then there is a path to cut, and no prefix to hand out.
    if (!url.pathname.startsWith('/w/')) return app.fetch(request, bindings);
    url.pathname = located.path;
    return app.fetch(new Request(url, request), bindings);
  };
  return { serve, prepare };
}

function wholeApp(options: AppOptions): { app: OpenAPIHono; prepare(): void } {
  const { guests, workspaces, callers, agents, status, control, events, measure, passes, discovery } =
    options;
  const app = routes();
  app.route('/', statusRoutes(status));
  app.route('/', controlRoutes(control));
  app.route('/', metricsRoute(measure));
  app.route('/', docsRoutes({ place: located }));
  app.route(
    '/',
    executeRoute({
      ready: async () => ((await discovery.ready()) ? null : noBrowser(discovery.reason())),
      caller: (c) => {
        const workspace = guests.openCall(located(c));
        return 'status' in workspace ? workspace : callers.get(workspace);
      },
    }),
  );
  app.route(
    '/',
    discoveryRoutes({
      ...discovery,
      located,
      check: (c) => workspaces.check(located(c).identity),
      workspace: (c) => guests.prepared(located(c)),
      caller: (workspace) => {
        const caller = callers.get(workspace);
        return 'status' in caller ? caller : caller.client;
      },
    }),
  );
  app.route(
    '/',
    events.route((c) => (c.env as Bindings).incoming.socket.destroy()),
  );
  app.route('/', frontEndRoutes({ ...discovery, located, passes }));
  app.route(
    '/',
    mcpRoute(
      (request, incoming) => agents.serve(request, incoming),
      (c) => (c.env as Bindings).incoming,
    ),
  );
  const prepare = openApiRoute(app, { version: status.version, prefix: (c) => located(c).prefix });
  const verbs = verbsOf(app);
  app.notFound((c) => refuse(c, verbs(c.req.method, c.req.path) ?? notFound(c)));
  app.onError((error, c) => {
    if (error instanceof HubError && error.code === 'TIMEOUT') {
      return refuse(c, { ...HUNG, message: error.message, hint: error.hint });
    }
    if (!discovery.mux.connected) return refuse(c, noBrowser(discovery.reason()));
    const { message, hint } = HubError.from(error);
    return refuse(c, { status: 500, error: 'INTERNAL', message, hint });
  });
  return { app, prepare };
}

function notFound(c: Context): Refusal {
  const message = `there is no ${c.req.method} ${c.req.path}`;
  return { status: 404, error: 'NOT_FOUND', message, hint: 'GET / lists what there is.' };
}

function located(c: Context): Located {
  return (c.env as Bindings).located;
}
