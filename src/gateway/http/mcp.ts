import type { IncomingMessage } from 'node:http';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { document, json, routes, text } from './shapes/api.ts';
import { RefusalBody } from './shapes/refusal.ts';

/** What the protocol says of a request that it cannot serve. */
const RpcError = z
  .object({
    jsonrpc: z.literal('2.0'),
    error: z.looseObject({ code: z.number().int(), message: z.string() }),
    id: z.null(),
  })
  .openapi('McpError');

const wrong = (description: string) => json(RpcError, description);
const either = (description: string) => json(z.union([RpcError, RefusalBody]), description);
const stream = text(z.string(), 'Messages as server-sent events.', 'text/event-stream');

const NO_SESSION = wrong('There is no such session, or it is not yours: begin a new one.');
const UNASKED = either('No `Mcp-Session-Id`, an unknown `MCP-Protocol-Version`, or not what can be asked.');

const of = (method: 'get' | 'post' | 'delete') => ({ method, path: '/mcp', tags: ['Agents'] });

const POST = createRoute({
  ...of('post'),
  summary: 'A message of an agent (MCP, Streamable HTTP, revisions up to 2025-11-25)',
  description:
    'An `initialize` begins a session, whose id is in the header `Mcp-Session-Id` of the answer and of all that follows. ' +
    '`?tools=core,debug` names groups of tools.',
  responses: {
    200: stream,
    202: { description: 'It needs no answer.' },
    400: UNASKED,
    404: NO_SESSION,
    406: wrong('It has to take `application/json` and `text/event-stream`.'),
  },
});

const GET = createRoute({
  ...of('get'),
  summary: "The stream of a session, or with `Last-Event-ID` the rest of a call's",
  responses: {
    200: stream,
    204: { description: 'Behind that event nothing will come.' },
    400: UNASKED,
    404: NO_SESSION,
    406: wrong('It has to take `text/event-stream`.'),
    409: either('The session has that stream open.'),
  },
});

const DELETE = createRoute({
  ...of('delete'),
  summary: 'Ends a session, and closes its pages',
  responses: { 200: { description: 'It has ended.' }, 400: UNASKED, 404: NO_SESSION },
});

/** `/mcp`, as `serve` does it. */
export function mcpRoute(
  serve: (request: Request, incoming: IncomingMessage) => Promise<Response>,
  incoming: (c: Context) => IncomingMessage,
): OpenAPIHono {
  const app = routes();
  document(app, POST, GET, DELETE);
  app.all('/mcp', (c) => serve(c.req.raw, incoming(c)));
  return app;
}
