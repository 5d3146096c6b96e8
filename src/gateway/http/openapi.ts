import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { REFUSALS } from '../../shared/refusal.ts';
import { REQUEST_ID } from '../contract/request-id.ts';
import { document, json } from './shapes/api.ts';
import { RefusalBody } from './shapes/refusal.ts';

export interface OpenApiOptions {
  version: string;
  /** What stands in front of the paths for this caller: '' or '/w/NAME'. */
  prefix(c: Context): string;
}

const OPENAPI = createRoute({
  method: 'get',
  path: '/openapi.json',
  tags: ['Hub'],
  summary: 'This document',
  responses: { 200: json(z.looseObject({ openapi: z.literal('3.1.0') }), 'OpenAPI 3.1.') },
});

const ANY = 'Refusal';

/** What the document says of the whole, before the first route. */
const INTRODUCTION = `One Chrome for any number of clients.

A request says which workspace it is of by a path prefix (\`/w/NAME/…\`), the query (\`?workspace=NAME\`) or the header
\`X-Client-Id: NAME\`; \`?isolation=tabs|context|none\`, \`?seed=DOMAIN,…\` and \`?client=NAME\` say what kind of workspace it
is, and what the caller is called. Every endpoint takes all of them.

Every answer carries \`${REQUEST_ID}\`: the one of the request where it is a word of up to 128 characters.`;

const TAGS = [
  { name: 'Commands', description: 'The DevTools Protocol over HTTP.' },
  { name: 'Agents', description: 'The Model Context Protocol: tools for language models.' },
  { name: 'Hub', description: 'The hub itself.' },
  { name: 'Control', description: 'Clients and processes, for the person who runs the hub.' },
  { name: 'Discovery', description: "Chrome's own HTTP endpoints, in Chrome's words." },
  {
    name: 'WebSocket',
    description:
      'Addresses for a WebSocket client: a plain GET of them is refused, so there is nothing to try out here.',
  },
];

/**
 * `GET /openapi.json`, made from what all parts of the app have described by the time that it is first asked for, or that
 * what this returns is called: it takes some 50 to 100 ms, in which nobody is served.
 */
export function openApiRoute(app: OpenAPIHono, options: OpenApiOptions): () => void {
  let text: string | null = null;
  const made = () => {
    text ??= JSON.stringify(describe(app, options.version));
    return text;
  };
  document(app, OPENAPI);
  app.get(OPENAPI.path, (c) => {
    // Whoever reads it under /w/NAME means that workspace.
    const servers = JSON.stringify([{ url: options.prefix(c) || '/' }]);
    return c.body(`{"servers":${servers},${made().slice(1)}`, 200, { 'content-type': 'application/json' });
  });
  return made;
}

function describe(app: OpenAPIHono, version: string) {
  app.openAPIRegistry.registerComponent('headers', REQUEST_ID, {
    description: 'The id of the request, for whoever asks what became of it.',
    schema: { type: 'string', maxLength: 128 },
    required: true,
  });
  app.openAPIRegistry.register('Refusal', RefusalBody);
  app.openAPIRegistry.registerComponent('responses', ANY, {
    description: `What any endpoint may answer:\n\n${table()}`,
    headers: { [REQUEST_ID]: { $ref: `#/components/headers/${REQUEST_ID}` } },
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
  });
  const made = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'cdp-hub',
      version,
      description: INTRODUCTION,
      license: { name: 'MIT' },
    },
    tags: TAGS,
  });
  for (const path of Object.values(made.paths ?? {})) {
    for (const operation of [path.get, path.put, path.post, path.delete, path.patch]) {
      for (const response of Object.values(operation?.responses ?? {})) {
        response.headers = {
          ...response.headers,
          [REQUEST_ID]: { $ref: `#/components/headers/${REQUEST_ID}` },
        };
      }
      if (operation?.responses) operation.responses.default = { $ref: `#/components/responses/${ANY}` };
    }
  }
  return made;
}

function table(): string {
  const rows = Object.entries(REFUSALS).map(
    ([code, { statuses, when }]) => `| ${statuses.join(', ')} | \`${code}\` | ${when} |`,
  );
  return ['| status | error | when |', '|---|---|---|', ...rows].join('\n');
}
