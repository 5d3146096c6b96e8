import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { document, routes, text } from './shapes/api.ts';

export interface DocsOptions {
  /** What stands in front of the paths for this caller, and behind them: see Located. */
  place(c: Context): { prefix: string; carried: string };
}

/** The files of Swagger UI that the page needs, and what they are. */
const FILES = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
} as const;

const DOCS = createRoute({
  method: 'get',
  path: '/docs',
  tags: ['Hub'],
  summary: 'This document as a page, to read and to try out',
  description: 'Swagger UI from files of the hub: it works offline.',
  responses: { 200: text(z.string(), 'The page.', 'text/html; charset=UTF-8') },
});

/**
 * The page runs in the hub's own origin, which the hub takes commands from: nothing but its own files may run there, it
 * speaks to nobody else, and no page may frame it. Swagger UI has pictures in data: addresses.
 */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/** `GET /docs` and its files. */
export function docsRoutes(options: DocsOptions): OpenAPIHono {
  const app = routes();
  document(app, DOCS);
  app.get(DOCS.path, (c) =>
    c.body(page(options.place(c)), 200, { ...HEADERS, 'content-type': 'text/html; charset=UTF-8' }),
  );
  app.get('/docs/start.js', (c) =>
    c.body(START, 200, { ...HEADERS, 'content-type': FILES['swagger-ui-bundle.js'] }),
  );
  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/docs/${name}`, async (c) =>
      c.body(await readFile(fileOf(name)), 200, { ...HEADERS, 'content-type': type }),
    );
  }
  return app;
}

/** In the package it lies beside this file, where the build put it; in the sources it is the package it comes from. */
function fileOf(name: string): string {
  const built = fileURLToPath(new URL(`swagger-ui/${name}`, import.meta.url));
  return existsSync(built) ? built : fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));
}

function page({ prefix, carried }: { prefix: string; carried: string }): string {
  const at = (path: string) =>
    `${prefix}${path}${carried}`.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>cdp-hub: HTTP interface</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${at('/docs/swagger-ui.css')}">
  </head>
  <body>
    <div id="page" data-document="${at('/openapi.json')}"></div>
    <script src="${at('/docs/swagger-ui-bundle.js')}"></script>
    <script src="${at('/docs/start.js')}"></script>
  </body>
</html>
`;
}

/** Runs in the page. Who came with ?token= tries out with it. */
const START = `const element = document.getElementById('page');
const token = new URLSearchParams(location.search).get('token')?.replaceAll(' ', '+');
SwaggerUIBundle({
  url: element.dataset.document,
  domNode: element,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: (request) => {
    const own = new URL(request.url, location.href).origin === location.origin;
    if (token && own) request.headers.Authorization = 'Bearer ' + token;
    return request;
  },
});
`;
