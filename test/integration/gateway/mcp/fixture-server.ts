import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type ServerNotification,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { ELICITATIONS, JSON_SCHEMA_TOOL, PNG, PROMPTS, WAV } from './fixture-data.ts';

export interface Call {
  args: Record<string, unknown>;
  /** What progress is to name; undefined: none is asked for. */
  token: string | number | undefined;
  signal: AbortSignal;
  server: Server;
  /** Resolves `release` of {@link FixtureServer}. */
  released: Promise<void>;
  tell(notification: ServerNotification): Promise<void>;
  closeStream(): void;
}

type Run = (call: Call) => Promise<CallToolResult['content']> | CallToolResult['content'];

const text = (said: string) => [{ type: 'text' as const, text: said }];
const image = { type: 'image' as const, data: PNG, mimeType: 'image/png' };
const soon = (ms = 50) => new Promise((resolve) => setTimeout(resolve, ms));
const log = (data: string): ServerNotification => ({
  method: 'notifications/message',
  params: { level: 'info', data },
});
const progress = (progressToken: string | number, at: number, message?: string): ServerNotification => ({
  method: 'notifications/progress',
  params: { progressToken, progress: at, total: 100, ...(message !== undefined && { message }) },
});

async function elicit({ server }: Call, message: string, requestedSchema: object): Promise<string> {
  const asked = { message, requestedSchema } as Parameters<Server['elicitInput']>[0];
  const { action, content } = await server.elicitInput(asked);
  return `action=${action}, content=${JSON.stringify(content)}`;
}

/** What the conformance suite asks for, by the names that it asks for it, and three of our own at the end. */
const TOOLS: Record<string, Run> = {
  test_simple_text: () => text('This is a simple text response for testing.'),
  test_image_content: () => [image],
  test_audio_content: () => [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }],
  test_embedded_resource: () => [
    {
      type: 'resource',
      resource: {
        uri: 'test://embedded-resource',
        mimeType: 'text/plain',
        text: 'This is an embedded resource content.',
      },
    },
  ],
  test_multiple_content_types: () => [
    ...text('Multiple content types test:'),
    image,
    {
      type: 'resource',
      resource: {
        uri: 'test://mixed-content-resource',
        mimeType: 'application/json',
        text: '{"test":"data","value":123}',
      },
    },
  ],
  test_tool_with_logging: async ({ tell }) => {
    await tell(log('Tool execution started'));
    await soon();
    await tell(log('Tool processing data'));
    await soon();
    await tell(log('Tool execution completed'));
    return text('done');
  },
  test_error_handling: () => {
    throw new Error('This tool intentionally returns an error for testing');
  },
  test_tool_with_progress: async ({ tell, token }) => {
    for (const at of [0, 50, 100]) {
      if (token !== undefined) await tell(progress(token, at));
      await soon();
    }
    return text('done');
  },
  test_sampling: async ({ server, args }) => {
    const content = { type: 'text' as const, text: String(args.prompt) };
    const made = await server.createMessage({ messages: [{ role: 'user', content }], maxTokens: 100 });
    return text(`LLM response: ${'text' in made.content ? made.content.text : ''}`);
  },
  test_elicitation: async (call) =>
    text(`User response: ${await elicit(call, String(call.args.message), ELICITATIONS.user)}`),
  test_elicitation_sep1034_defaults: async (call) =>
    text(`Elicitation completed: ${await elicit(call, 'Please', ELICITATIONS.defaults)}`),
  test_elicitation_sep1330_enums: async (call) =>
    text(`Elicitation completed: ${await elicit(call, 'Please', ELICITATIONS.enums)}`),
  test_reconnection: async ({ closeStream }) => {
    await soon();
    closeStream();
    await soon(100);
    return text('came after the stream was closed');
  },
  json_schema_2020_12_tool: () => text('ok'),

  /** Ends when the test says so. */
  hold: async ({ tell, token, signal, released }) => {
    if (token !== undefined) await tell(progress(token, 1, 'held'));
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
    });
    await Promise.race([released, aborted]);
    if (token !== undefined) await tell(progress(token, 99, 'let go'));
    return text('held and let go');
  },
  /** Says `times` times `bytes` bytes; as progress, or in requests to the client, which nothing may drop. */
  tell: async ({ tell, token = 0, args, server }) => {
    const said = 'x'.repeat(Number(args.bytes));
    for (let n = 0; n < Number(args.times); n += 1) {
      if (args.as === 'list_changed')
        await server.notification({ method: 'notifications/resources/updated', params: { uri: said } });
      else await tell(progress(token, n, said));
      if (n % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
    }
    return text('all told');
  },
  /** What it was given. */
  echo: ({ args }) => text(JSON.stringify(args)),
};

/** A server with something of everything, for what is below it: sessions, streams, statuses. */
export class FixtureServer {
  release: () => void = () => {};
  readonly #released: Promise<void>;

  constructor() {
    this.#released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  readonly make = (): Server => {
    const server = new Server(
      { name: 'fixture', version: '1' },
      {
        capabilities: {
          tools: {},
          logging: {},
          completions: {},
          prompts: {},
          resources: { subscribe: true },
        },
      },
    );
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: Object.keys(TOOLS).map((name) =>
        name === JSON_SCHEMA_TOOL.name
          ? JSON_SCHEMA_TOOL
          : { name, description: `The fixture ${name}`, inputSchema: { type: 'object' as const } },
      ),
    }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
      const run = TOOLS[params.name];
      if (!run) throw new Error(`there is no tool ${params.name}`);
      const call: Call = {
        args: params.arguments ?? {},
        token: params._meta?.progressToken,
        signal: extra.signal,
        server,
        released: this.#released,
        tell: (notification) => extra.sendNotification(notification),
        closeStream: () => extra.closeSSEStream?.(),
      };
      try {
        return { content: await run(call) };
      } catch (error) {
        return { isError: true, content: text((error as Error).message) };
      }
    });
    addResources(server);
    addPrompts(server);
    server.setRequestHandler(SetLevelRequestSchema, () => ({}));
    server.setRequestHandler(CompleteRequestSchema, () => ({
      completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false },
    }));
    return server;
  };
}

function addResources(server: Server): void {
  const resource = (uri: string, mimeType: string) => ({ uri, name: uri, description: uri, mimeType });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [resource('test://static-text', 'text/plain'), resource('test://static-binary', 'image/png')],
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: [
      { uriTemplate: 'test://template/{id}/data', name: 'template', description: 'template' },
    ],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    const [, id] = /^test:\/\/template\/(.+)\/data$/.exec(uri) ?? [];
    if (uri === 'test://static-binary') return { contents: [{ uri, mimeType: 'image/png', blob: PNG }] };
    const said = id
      ? JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
      : 'This is the content of the static text resource.';
    return { contents: [{ uri, mimeType: id ? 'application/json' : 'text/plain', text: said }] };
  });
  server.setRequestHandler(SubscribeRequestSchema, () => ({}));
  server.setRequestHandler(UnsubscribeRequestSchema, () => ({}));
}

function addPrompts(server: Server): void {
  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: [...PROMPTS] }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params: { name, arguments: args = {} } }) => {
    const said = (...contents: object[]) =>
      ({ messages: contents.map((content) => ({ role: 'user', content })) }) as never;
    const [first] = text('This is a simple prompt for testing.');
    switch (name) {
      case 'test_prompt_with_arguments':
        return said(...text(`Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'`));
      case 'test_prompt_with_embedded_resource': {
        const embedded = {
          uri: args.resourceUri,
          mimeType: 'text/plain',
          text: 'Embedded resource content for testing.',
        };
        return said(
          { type: 'resource', resource: embedded },
          ...text('Please process the embedded resource above.'),
        );
      }
      case 'test_prompt_with_image':
        return said(image, ...text('Please analyze the image above.'));
      default:
        return said(first as object);
    }
  });
}
