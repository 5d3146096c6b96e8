import type { IncomingMessage } from 'node:http';
import { type Context, Hono } from 'hono';
import { HubError } from '../shared/errors.ts';
import { type Refusal, refusalBody } from '../shared/refusal.ts';
import { type DiscoveryOptions, discoveryRoutes } from './cdp/discovery.ts';
import { frontEndRoutes } from './cdp/front-end.ts';
import type { Located } from './contract/identity.ts';
import { HUNG, noBrowser } from './contract/refusal.ts';
import type { Guests } from './guests.ts';
import { executeRoute } from './http/execute.ts';
import { type StatusOptions, statusRoutes } from './http/status.ts';
import type { HttpCallers } from './http-callers.ts';
import type { Workspaces } from './workspaces.ts';

export interface AppOptions {
  guests: Guests;
  workspaces: Workspaces;
  callers: HttpCallers;
  status: StatusOptions;
  discovery: Omit<DiscoveryOptions, 'located' | 'check' | 'workspace' | 'caller'>;
}

interface Bindings {
  located: Located;
}

type Served = (request: Request, incoming: IncomingMessage) => Response | Promise<Response>;

/** All that is served over HTTP. Every request under `/w/NAME` is served as without it, in that workspace. */
export function gatewayApp(options: AppOptions): Served {
  const app = routes(options);
  return (request, incoming) => {
    const located = options.guests.locate(incoming);
    if ('status' in located) return Response.json(refusalBody(located), { status: located.status });
    const bindings: Bindings = { located };
    const url = new URL(request.url);
    // A port's own workspace may be named as well: then there is a path to cut, and no prefix to hand out.
    if (!url.pathname.startsWith('/w/')) return app.fetch(request, bindings);
    url.pathname = located.path;
    return app.fetch(new Request(url, request), bindings);
  };
}

function routes({ guests, workspaces, callers, status, discovery }: AppOptions): Hono {
  // Playwright asks for /json/version/ with a trailing slash.
  const app = new Hono({ strict: false });
  app.route('/', statusRoutes(status));
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
  app.route('/', frontEndRoutes({ ...discovery, located }));
  app.all('/mcp', (c) => c.json(refusalBody(NO_MCP), 404));
  app.notFound((c) => {
    const message = `there is no ${c.req.method} ${c.req.path}`;
    const refusal: Refusal = { status: 404, error: 'NOT_FOUND', message, hint: 'GET / lists what there is.' };
    return c.json(refusalBody(refusal), 404);
  });
  app.onError((error, c) => {
    if (error instanceof HubError && error.code === 'TIMEOUT') {
      return c.json(refusalBody({ ...HUNG, message: error.message }), 504);
    }
    if (!discovery.mux.connected) return c.json(refusalBody(noBrowser(discovery.reason())), 503);
    const { message, hint } = HubError.from(error);
    return c.json(refusalBody({ status: 500, error: 'INTERNAL', message, hint }), 500);
  });
  return app;
}

const NO_MCP: Refusal = {
  status: 404,
  error: 'NOT_FOUND',
  message: 'this version of the hub has no MCP endpoint yet',
  hint: 'Use POST /execute, or connect a CDP client to what GET /json/version names.',
};

function located(c: Context): Located {
  return (c.env as Bindings).located;
}
