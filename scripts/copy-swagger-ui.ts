import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What `GET /docs` serves goes into the package itself, with its licences: the npm package it comes from reports its own
 * installations, which nobody who installs the hub has asked for. See docs/decisions/0008-http-api.md.
 */
const FILES = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt',
  'LICENSE',
  'NOTICE',
];

const from = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
const to = join(import.meta.dirname, '../dist/gateway/http/swagger-ui');
await mkdir(to, { recursive: true });
await Promise.all(FILES.map((name) => copyFile(join(from, name), join(to, name))));
