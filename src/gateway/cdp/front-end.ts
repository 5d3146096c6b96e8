import { Readable } from 'node:stream';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { messageOf } from '../../shared/errors.ts';
import type { BrowserEndpoint } from '../../shared/ipc.ts';
import type { Refusal } from '../../shared/refusal.ts';
import type { Located } from '../contract/identity.ts';
import { noBrowser } from '../contract/refusal.ts';
import { document, routes } from '../http/shapes/api.ts';
import { FRONT_END } from '../http/shapes/discovery.ts';
import { refuse } from '../http/shapes/refusal.ts';
import { askBrowser, type BrowserAnswer } from './browser-http.ts';

export interface FrontEndOptions {
  endpoint(): BrowserEndpoint | null;
  ready(): Promise<boolean>;
  reason(): string;
  /** Where the request leads, and as whom. */
  located(c: Context): Located;
  /** True for the path of a socket that is a way in of its own to one page. */
  passes(path: string): boolean;
}

/** A file of Chrome's bundle: no escapes, which some servers resolve after they have looked. */
const FILE = /^\/devtools(\/[\w@.-]+)+$/;

/** The hub's own sockets: plain HTTP has nothing there. */
const SOCKET = /^\/devtools\/(browser|page)\//;

/** What of Chrome's headers describes the file. */
const PASSED = ['content-type', 'content-length', 'content-encoding', 'content-security-policy'] as const;

/**
 * `/devtools/…`: the DevTools front-end that the browser itself carries. It runs in the hub's own origin, which the hub
 * takes commands from; so it is served to nobody but who opens it by hand or from the hub, and works on this hub alone.
 */
export function frontEndRoutes(options: FrontEndOptions): OpenAPIHono {
  const app = routes();
  document(app, FRONT_END);
  app.get('/devtools/*', async (c, next) => {
    const { path, query } = options.located(c);
    // Short enough to be read off a terminal.
    if (options.passes(path)) return c.redirect(`${frontEndPage('page')}?ws=${c.req.header('host')}${path}`);
    if (SOCKET.test(path) || !FILE.test(path)) return next();
    const foreign = refuseUse(c, path, query);
    if (foreign) return refuse(c, foreign);
    const ready = await options.ready();
    const endpoint = options.endpoint();
    if (!ready || !endpoint) return refuse(c, noBrowser(options.reason()));
    const answer = await fileOf(endpoint, path, c);
    if ('error' in answer) return refuse(c, answer);
    return new Response(bodyOf(answer), { headers: headersOf(answer) });
  });
  return app;
}

/** The path of the page that shows a target of this type. */
export function frontEndPage(type: string): string {
  return `/devtools/${type.endsWith('worker') ? 'worker_app.html' : 'inspector.html'}`;
}

/**
 * A page of another site could open the front-end with addresses of its choice in the query: the front-end would speak to
 * a foreign backend, or load foreign files, in the hub's origin.
 */
function refuseUse(c: Context, path: string, query: string): Refusal | null {
  if (!path.endsWith('.html')) return null;
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'none' && site !== 'same-origin') return FOREIGN_SITE;
  const host = c.req.header('host') ?? '';
  for (const [key, value] of new URLSearchParams(query)) {
    const own = key === 'ws' ? value.toLowerCase().startsWith(`${host.toLowerCase()}/`) : isWord(value);
    if (!own) return foreignAddress(key, host);
  }
  return null;
}

/** Names of panels, versions and switches; no address. */
function isWord(value: string): boolean {
  return /^[\w.,@-]*$/.test(value);
}

async function fileOf(endpoint: BrowserEndpoint, path: string, c: Context): Promise<BrowserAnswer | Refusal> {
  if (!endpoint.http) return NO_HTTP;
  const { signal } = c.req.raw;
  const method = c.req.method === 'HEAD' ? 'HEAD' : 'GET';
  let answer: BrowserAnswer;
  try {
    answer = await askBrowser(endpoint, path, { method, signal });
  } catch (error) {
    return unreachable(messageOf(error));
  }
  // Chrome answers 200 with nothing where it has no such file.
  if (answer.status === 200 && answer.headers['content-length'] !== '0') return answer;
  void answer.body.dump();
  return noFile(path);
}

function bodyOf({ body }: BrowserAnswer): ReadableStream {
  // A browser that goes in mid-file ends the answer; the stream tells the reader.
  return Readable.toWeb(body) as ReadableStream;
}

function headersOf({ headers }: BrowserAnswer): Headers {
  const passed = new Headers();
  for (const name of PASSED) for (const value of [headers[name] ?? []].flat()) passed.append(name, value);
  return passed;
}

/** Of a browser that was found by its DevToolsActivePort file, and serves a WebSocket alone. */
const NO_HTTP: Refusal = {
  status: 503,
  error: 'NO_FRONT_END',
  message: 'this browser serves nothing over HTTP, so it has no DevTools pages to show',
  hint: 'Open chrome://inspect in another Chrome and add this address under Configure, or attach to a browser that runs with --remote-debugging-port.',
};

const FOREIGN_SITE: Refusal = {
  status: 403,
  error: 'ORIGIN_REFUSED',
  message: 'the DevTools pages are not opened by a page of another site',
  hint: 'Paste the address (devtoolsFrontendUrl of GET /json/list) into the address bar.',
};

function foreignAddress(key: string, host: string): Refusal {
  return {
    status: 403,
    error: 'ORIGIN_REFUSED',
    message: `the DevTools pages of this hub work on its own pages: ${key.slice(0, 100)} names something else`,
    hint: `Say ws=${host.slice(0, 200)}/devtools/page/ID, as devtoolsFrontendUrl of GET /json/list does.`,
  };
}

function unreachable(cause: string): Refusal {
  return {
    status: 502,
    error: 'BROWSER_UNREACHABLE',
    message: `the browser did not hand out its DevTools pages: ${cause}`,
    hint: '`cdp-hub status` shows the state of the browser; try again when it is ready.',
  };
}

function noFile(path: string): Refusal {
  return {
    status: 404,
    error: 'NO_FRONT_END',
    message: `this browser has no ${path.slice(0, 200)} among its DevTools pages`,
    hint: 'GET /json/list names the page for each target; a browser without DevTools (chrome-headless-shell) has none.',
  };
}
