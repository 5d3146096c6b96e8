import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool as ToolDefinition,
} from '@modelcontextprotocol/sdk/types.js';
import type { jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import type { Artifacts } from './browser/artifacts.ts';
import type { FilePolicy } from './browser/file-policy.ts';
import type { SessionBrowser } from './browser/session-browser.ts';
import { ToolError } from './browser/tool-error.ts';
import { callTool } from './call.ts';
import { downloadLine } from './downloaded.ts';
import { serveResources } from './resources.ts';
import { shortened } from './shortened.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { HubView, Tool, ToolContext, ToolResult } from './tools/tool.ts';

export interface ToolServerOptions {
  version: string;
  tools: readonly Tool[];
  browser: SessionBrowser;
  artifacts: Artifacts;
  subscriptions: Subscriptions;
  files: FilePolicy;
  hub: HubView;
}

const INSTRUCTIONS =
  'A browser that other agents use at the same time. The pages of this session are its own: list_pages shows them, new_page opens one. ' +
  'Take a snapshot to see a page and to get the uids of its elements; act on elements by uid. Answers say what an action has caused.';

/** The hub asks nothing of its clients, so nothing they answer is to be checked; a validator each would cost memory. */
const NO_VALIDATOR: jsonSchemaValidator = {
  getValidator: () => () => ({
    valid: false,
    data: undefined,
    errorMessage: 'cdp-hub asks nothing of clients',
  }),
};

/** One session's server, with the tools that it was asked for. */
export function toolServer(options: ToolServerOptions): Server {
  const { version, tools, browser, artifacts, files, hub, subscriptions } = options;
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const server = new Server(
    { name: 'cdp-hub', title: 'cdp-hub', version },
    {
      capabilities: { tools: {}, resources: { subscribe: true, listChanged: true } },
      instructions: INSTRUCTIONS,
      jsonSchemaValidator: NO_VALIDATOR,
    },
  );
  const notes = () => [
    ...(browser.seat.paused ? [PAUSED] : []),
    ...browser.takeNotes(),
    ...browser.downloads.takeEnded().map(downloadLine),
    ...artifacts.takeNotes(),
  ];
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(definition) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = byName.get(params.name);
    if (!tool) throw noTool(params.name, [...byName.keys()]);
    const token = params._meta?.progressToken;
    const context: ToolContext = {
      browser,
      artifacts,
      files,
      hub,
      signal: extra.signal,
      progress: (progress, total, message) => {
        if (token === undefined) return;
        const told = { progressToken: token, progress, message, ...(total !== undefined && { total }) };
        extra.sendNotification({ method: 'notifications/progress', params: told }).catch(() => {});
      },
    };
    const given = params.arguments ?? {};
    const ended = browser.seat.called(tool.name, given);
    try {
      const result = answer(await shortened(await callTool(tool, given, context), artifacts), notes());
      ended({ error: null, result });
      return result;
    } catch (error) {
      ended({ error: messageOf(error), result: null });
      if (!(error instanceof ToolError)) throw error;
      return { isError: true, ...answer({ text: error.text }, notes()) };
    }
  });
  serveResources(server, artifacts, hub, subscriptions);
  return server;
}

/** Whatever a call came to meanwhile, that is why. */
const PAUSED =
  'This session is paused by the person who runs the hub: what it asks of the browser waits until it is resumed.';

const DEFINITIONS = new WeakMap<Tool, ToolDefinition>();

/** A tool as it is listed; made once. */
export function definition(tool: Tool): ToolDefinition {
  const known = DEFINITIONS.get(tool);
  if (known) return known;
  const { name, title, description, annotations, input, output } = tool;
  const made: ToolDefinition = {
    name,
    title,
    description,
    inputSchema: schemaOf(input),
    ...(output && { outputSchema: schemaOf(output) }),
    annotations: { ...annotations },
  };
  DEFINITIONS.set(tool, made);
  return made;
}

function schemaOf(object: z.ZodObject): ToolDefinition['inputSchema'] {
  // The draft is said once for all by the protocol, and safe integers are what every number here is.
  const { $schema, ...schema } = z.toJSONSchema(object, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { ...schema, type: 'object' } as ToolDefinition['inputSchema'];
}

function answer({ text, structured, images = [], links = [] }: ToolResult, notes: string[]): CallToolResult {
  return {
    content: [
      { type: 'text', text: [...notes, text].join('\n') },
      ...images.map((image) => ({ type: 'image' as const, ...image })),
      ...links.map((link) => ({ type: 'resource_link' as const, ...link })),
    ],
    ...(structured && { structuredContent: structured }),
  };
}

function noTool(name: string, names: string[]): McpError {
  const said = `there is no tool ${JSON.stringify(name.slice(0, 100))}; the tools are ${names.join(', ')}`;
  return new McpError(ErrorCode.InvalidParams, said);
}
