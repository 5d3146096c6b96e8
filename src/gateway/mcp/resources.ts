import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type ReadResourceResult,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { type Artifacts, nameInUri, uriOf } from './browser/artifacts.ts';
import { isText } from './browser/mime.ts';
import { ToolError } from './browser/tool-error.ts';
import { logText } from './log-text.ts';
import { Spaced } from './spaced.ts';
import { SPACING, type Subscriptions } from './subscriptions.ts';
import type { HubView } from './tools/tool.ts';

export const CLIENTS = 'cdp-hub://clients';
export const LOG = 'cdp-hub://log';

/** MCP 2025-11-25, server/resources, "Error Handling". */
const NOT_FOUND = -32002;

/** Bytes of a file that one answer carries: clients cut what is larger (mcp.md §3). */
const MAX_READ = 8 * 1024 ** 2;

/** Artifacts that one answer lists. */
const PAGE = 200;

const FIXED = [
  {
    uri: CLIENTS,
    name: 'clients',
    title: 'Clients',
    description: 'Who uses the browser now, this session included.',
    mimeType: 'application/json',
  },
  {
    uri: LOG,
    name: 'log',
    title: 'Log',
    description: 'What happened to the hub lately: clients, processes, the browser.',
    mimeType: 'text/plain',
  },
];

/**
 * The resources of a session: its artifacts, and what the hub tells of itself. Who subscribed to one hears when it is
 * another, at most once a second; everybody hears when artifacts come or go.
 */
export function serveResources(
  server: Server,
  artifacts: Artifacts,
  hub: HubView,
  subscribed: Subscriptions,
): void {
  subscribed.tell = (uri) => server.sendResourceUpdated({ uri }).catch(() => {});
  server.setRequestHandler(ListResourcesRequestSchema, async ({ params }) => {
    const all = (await artifacts.list()).reverse();
    const from = pageOf(params?.cursor, all.length);
    const resources = all.slice(from, from + PAGE).map(({ created, ...artifact }) => ({
      ...artifact,
      annotations: { lastModified: new Date(created).toISOString() },
    }));
    const more = from + PAGE < all.length && { nextCursor: String(from + PAGE) };
    return { resources: from === 0 ? [...FIXED, ...resources] : resources, ...more };
  });
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [
      {
        uriTemplate: 'cdp-hub://artifacts/{name}',
        name: 'artifact',
        title: 'Artifact',
        description: 'A file of this session: a screenshot, a download, a result too large to be said.',
      },
    ],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    if (uri === CLIENTS) return textOf(uri, 'application/json', JSON.stringify(hub.clients(), null, 2));
    if (uri === LOG) return textOf(uri, 'text/plain', logText(hub.events()));
    return readArtifact(artifacts, uri);
  });
  server.setRequestHandler(SubscribeRequestSchema, async ({ params: { uri } }) => {
    const name = nameInUri(uri);
    const known = uri === CLIENTS || uri === LOG || (name !== null && (await artifacts.find(name)));
    if (!known) throw unknown(uri);
    subscribed.add(uri);
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscribed.delete(uri);
    return {};
  });
  const list = new Spaced(SPACING, () => server.sendResourceListChanged().catch(() => {}));
  const stops = [
    artifacts.onChange((name) => {
      list.touch();
      subscribed.touch(uriOf(name));
    }),
    hub.onEvent((type) => {
      subscribed.touch(LOG);
      if (type === 'client.joined' || type === 'client.left') subscribed.touch(CLIENTS);
    }),
  ];
  server.onclose = () => {
    for (const stop of stops) stop();
    list.end();
    subscribed.end();
  };
}

async function readArtifact(artifacts: Artifacts, uri: string): Promise<ReadResourceResult> {
  const name = nameInUri(uri);
  const found = name === null ? null : await artifacts.find(name);
  if (!found) throw unknown(uri);
  const { name: known, mimeType, size } = found;
  if (size > MAX_READ) {
    throw new McpError(
      -32603,
      `${known} has ${size} bytes, and an answer takes ${MAX_READ}: read_artifact reads parts of a text; the file lies at ${await artifacts.path(known)} on the hub's machine`,
    );
  }
  try {
    const { data } = await artifacts.read(known);
    if (isText(mimeType)) return textOf(uri, mimeType, data.toString());
    return { contents: [{ uri, mimeType, blob: data.toString('base64') }] };
  } catch (error) {
    // It went between the question and the answer.
    throw error instanceof ToolError ? unknown(uri) : error;
  }
}

function textOf(uri: string, mimeType: string, text: string): ReadResourceResult {
  return { contents: [{ uri, mimeType, text }] };
}

function pageOf(cursor: string | undefined, length: number): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,6}$/.test(cursor) && Number(cursor) <= Math.max(length, PAGE)) return Number(cursor);
  throw new McpError(-32602, `${JSON.stringify(cursor.slice(0, 50))} is no cursor of resources/list`);
}

function unknown(uri: string): McpError {
  const said = `there is no resource ${JSON.stringify(uri.slice(0, 200))}; resources/list shows what there is`;
  return new McpError(NOT_FOUND, said, { uri });
}
