import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import { json, text } from './api.ts';
import { RefusalBody, refusals } from './refusal.ts';

/** Chrome's words, which clients match on: they come with the type of JSON, as Chrome sends them. */
const CHROME_TEXT = 'application/json; charset=UTF-8';

const TargetId = z.string().min(1).describe('The targetId of a page.');

/** Chrome's own answer to `/json/version`, and the hub's address in it. */
const BrowserVersion = z
  .looseObject({
    Browser: z.string(),
    'Protocol-Version': z.string(),
    'User-Agent': z.string(),
    'V8-Version': z.string(),
    'WebKit-Version': z.string(),
    webSocketDebuggerUrl: z.string(),
  })
  .openapi('BrowserVersion');

/** A target as `/json/list` and `/json/new` name it. */
export const TargetDescriptor = z
  .object({
    description: z.string(),
    devtoolsFrontendUrl: z.string(),
    id: z.string(),
    parentId: z.string().optional(),
    title: z.string(),
    type: z.string(),
    url: z.string(),
    webSocketDebuggerUrl: z.string(),
  })
  .openapi('TargetDescriptor');
export type TargetDescriptor = z.infer<typeof TargetDescriptor>;

const TARGETS = json(z.array(TargetDescriptor), 'The targets that the workspace sees.');
const FOR_TAB = z.object({
  for_tab: z.string().optional().describe('Lists tabs as well, whatever it says.'),
});

const tags = ['Discovery'];
const id = { params: z.object({ id: TargetId }) };

const words = (description: string) => text(z.string(), description, CHROME_TEXT);
const onTarget = (verb: 'activate' | 'close', done: string) =>
  createRoute({
    method: 'get',
    path: `/json/${verb}/{id}`,
    tags,
    summary: `${verb === 'close' ? 'Close' : 'Activate'} a target of the workspace`,
    request: id,
    responses: {
      200: words(`\`${done}\``),
      403: words('A page of another site asks (`Sec-Fetch-Site`).'),
      404: words('`No such target id: ID`: there is none, or it is of another workspace.'),
      500: words(`\`Could not ${verb} target id: ID\``),
      ...refusals(409, 503, 504),
    },
  });

/** Chrome's HTTP discovery. As in Chrome any verb will do but for `/json/new`; GET is what is said here. */
export const DISCOVERY: readonly RouteConfig[] = [
  createRoute({
    method: 'get',
    path: '/json/version',
    tags,
    summary: 'The browser, and the WebSocket address to connect to',
    responses: { 200: json(BrowserVersion, 'As Chrome.'), ...refusals(409, 503, 504) },
  }),
  createRoute({
    method: 'get',
    path: '/json/list',
    tags,
    summary: 'The targets of the workspace',
    description: '`GET /json` is the same.',
    request: { query: FOR_TAB },
    responses: { 200: TARGETS, ...refusals(409, 503, 504) },
  }),
  createRoute({
    method: 'get',
    path: '/json/protocol',
    tags,
    summary: "The browser's description of the DevTools Protocol",
    responses: {
      200: json(z.looseObject({ domains: z.array(z.looseObject({})) }), 'As Chrome.'),
      ...refusals(409, 503, 504),
    },
  }),
  createRoute({
    method: 'put',
    path: '/json/new',
    tags,
    summary: 'A new page of the workspace, in a background window of its own',
    description:
      'Its address is the query itself, up to the first `&`: `PUT /json/new?https://example.com`. None is about:blank. ' +
      'Any other verb is 405.',
    responses: {
      200: json(TargetDescriptor, 'The new page.'),
      403: words('An address that is not opened over HTTP, e.g. of a file.'),
      405: words('`Using unsafe HTTP verb GET to invoke /json/new. This action supports only PUT verb.`'),
      500: words('`Could not create new page: …`'),
      ...refusals(409, 503, 504),
    },
  }),
  onTarget('activate', 'Target activated'),
  onTarget('close', 'Target is closing'),
];

/** The CDP WebSockets: OpenAPI has no word for them, so they stand here as the GET that is upgraded. */
export const SOCKETS: readonly RouteConfig[] = [
  createRoute({
    method: 'get',
    path: '/devtools/browser/{id}',
    tags: ['WebSocket'],
    summary: 'The DevTools Protocol on the browser',
    description:
      'The address is `webSocketDebuggerUrl` of `GET /json/version`. Messages are those of the protocol, as text frames. ' +
      'Without a workspace in the address it is an anonymous one, which ends with the socket.',
    request: { params: z.object({ id: z.string().describe("The hub's own id.") }) },
    responses: {
      101: { description: 'The WebSocket.' },
      404: {
        description: 'On an upgrade nothing: another id. To a plain GET: there is only a WebSocket here.',
        content: { 'application/json': { schema: RefusalBody } },
      },
      ...refusals(409, 503),
    },
  }),
  createRoute({
    method: 'get',
    path: '/devtools/page/{id}',
    tags: ['WebSocket'],
    summary: 'The DevTools Protocol on one page',
    description:
      'The address is `webSocketDebuggerUrl` of `GET /json/list`. It speaks for that page, for messages without `sessionId`.',
    request: id,
    responses: {
      101: { description: 'The WebSocket.' },
      500: text(
        z.string(),
        '`No such target id: ID`: there is none, or it is of another workspace.',
        'text/html',
      ),
      ...refusals(404, 409, 503, 504),
    },
  }),
];

/** The DevTools front-end that the browser carries. */
export const FRONT_END: RouteConfig = createRoute({
  method: 'get',
  path: '/devtools/{file}',
  tags: ['Discovery'],
  summary: 'The DevTools pages of the browser',
  description:
    '`devtoolsFrontendUrl` of `GET /json/list` is the page for a target; the rest are the files that it loads. The query may ' +
    'name a target of this hub (`ws`) and no other address.',
  request: {
    params: z.object({ file: z.string().describe('A file of the bundle, in folders of any depth.') }),
    query: z.object({ ws: z.string().optional() }),
  },
  responses: {
    200: { description: 'The file, as the browser has it.' },
    ...refusals(403, 404, 502, 503),
  },
});
