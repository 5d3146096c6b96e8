import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HubError } from '../../shared/errors.ts';
import type { BrowserEndpoint } from '../../shared/ipc.ts';
import type { Refusal } from '../../shared/refusal.ts';
import type { Located } from '../contract/identity.ts';
import type { ClientIdentity } from '../contract/observer.ts';
import { noBrowser, paused } from '../contract/refusal.ts';
import { refusedScheme } from '../contract/url-policy.ts';
import { answered, OWN_COMMAND } from '../contract/within.ts';
import { document, routes } from '../http/shapes/api.ts';
import { DISCOVERY, SOCKETS, type TargetDescriptor } from '../http/shapes/discovery.ts';
import { refuse } from '../http/shapes/refusal.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Mux } from '../mux/mux.ts';
import type { Answer } from '../protocol/envelope.ts';
import { askBrowser } from './browser-http.ts';
import { frontEndPage } from './front-end.ts';

/** What an in-process client of a workspace does for an HTTP caller. */
export interface Caller {
  readonly mux: { readonly identity: ClientIdentity; readonly pause: { readonly on: boolean } };
  call(call: { method: string; params: object; quiet: true; signal: AbortSignal }): Promise<Answer>;
}

export interface DiscoveryOptions {
  mux: Mux;
  browserId: string;
  endpoint(): BrowserEndpoint | null;
  /** Another number for every connection: the browser behind it may be another one. */
  connection(): number;
  ready(): Promise<boolean>;
  reason(): string;
  /** Where the request leads, and as whom. */
  located(c: Context): Located;
  /** The refusal where its workspace is there and another kind; null: it may be used. */
  check(c: Context): Refusal | null;
  /** The workspace of the request, made where there is none, with its world. */
  workspace(c: Context): Promise<Workspace | Refusal>;
  caller(workspace: Workspace): Caller | Refusal;
}

/** `Browser.getVersion`'s result. */
interface Version {
  protocolVersion: string;
  product: string;
  revision: string;
  userAgent: string;
  jsVersion: string;
}

interface Target {
  targetId: string;
  type: string;
  title: string;
  url: string;
  openerId?: string;
  parentId?: string;
}

/** Chrome's own headers on every answer of `/json`. */
const HEADERS = {
  'content-type': 'application/json; charset=UTF-8',
  'content-security-policy': "frame-ancestors 'none'",
};

const NO_PROTOCOL: Refusal = {
  status: 503,
  error: 'NO_PROTOCOL',
  message: 'this browser serves no protocol description over HTTP',
  hint: 'Take it from the npm package devtools-protocol, or attach to a browser that runs with --remote-debugging-port.',
};

/** What `/json/list` shows without `for_tab`: `Target.getTargets`' own default. */
const PAGES = [{ type: 'browser', exclude: true }, { type: 'tab', exclude: true }, {}];

/**
 * Chrome's HTTP discovery (content/browser/devtools/devtools_http_handler.cc), with the addresses that the
 * caller used in every URL. The words and shapes are Chrome's: clients match on them. As in Chrome any verb will
 * do but for /json/new: chrome-remote-interface says PUT for all, once it has made a page.
 */
export function discoveryRoutes(options: DiscoveryOptions): OpenAPIHono {
  const own = new OwnAnswers(options);
  const app = routes();
  document(app, ...DISCOVERY, ...SOCKETS);

  app.use('/json/*', async (c, next) => {
    if (await options.ready()) return next();
    return refuse(c, noBrowser(options.reason()));
  });

  app.use('/json/*', async (c, next) => {
    const refusal = options.check(c);
    return refusal ? refuse(c, refusal) : next();
  });

  const place = (c: Context): Place => {
    const { prefix, carried } = options.located(c);
    return { at: `${c.req.header('host') ?? ''}${prefix}`, carried };
  };

  app.all('/json/version', async (c) => {
    const body = await own.get('/json/version');
    const { at, carried } = place(c);
    return json(c, {
      ...(body === null ? versionOf(await browserVersion(options.mux)) : JSON.parse(body)),
      webSocketDebuggerUrl: `ws://${at}/devtools/browser/${options.browserId}${carried}`,
    });
  });

  const list = async (c: Context) => {
    const workspace = await options.workspace(c);
    if ('status' in workspace) return refuse(c, workspace);
    const targets = await answered(
      options.mux.call('Target.getTargets', {
        filter: c.req.query('for_tab') === undefined ? PAGES : [{ type: 'browser', exclude: true }, {}],
      }),
    );
    if (targets.error) throw new Error(targets.error.message);
    const { targetInfos = [] } = (targets.result ?? {}) as { targetInfos?: Target[] };
    const own = targetInfos.filter(({ targetId }) => options.mux.targets.visible(workspace, targetId));
    return json(
      c,
      own.map((target) => descriptor(target, place(c))),
    );
  };
  app.all('/json', list);
  app.all('/json/list', list);

  app.all('/json/protocol', async (c) => {
    const protocol = await own.get('/json/protocol');
    if (protocol !== null) return c.body(protocol, 200, { 'content-type': HEADERS['content-type'] });
    return refuse(c, NO_PROTOCOL);
  });

  app.all('/json/new', async (c) => {
    if (c.req.method !== 'PUT') {
      c.header('allow', 'PUT');
      return text(c, 405, unsafeVerb(c.req.method));
    }
    const url = newUrl(options.located(c).query);
    const scheme = refusedScheme(url);
    if (scheme !== null) return text(c, 403, `${scheme} addresses are not opened over HTTP`);
    const workspace = await options.workspace(c);
    const caller = 'status' in workspace ? workspace : options.caller(workspace);
    if ('status' in caller) return refuse(c, caller);
    const params = { url, newWindow: true, background: true };
    const answer = await ask(caller, 'Target.createTarget', params);
    const { targetId } = (answer.result ?? {}) as { targetId?: string };
    if (targetId === undefined) return text(c, 500, `Could not create new page: ${answer.error?.message}`);
    return json(c, descriptor({ targetId, type: 'page', title: '', url }, place(c)));
  });

  app.all('/json/activate/:id?', (c) => onTarget(c, options, 'activate'));
  app.all('/json/close/:id?', (c) => onTarget(c, options, 'close'));

  app.all('/json/*', (c) => {
    const command = c.req.path.slice('/json/'.length).replace(/\/$/, '');
    return text(c, 404, `Unknown command: ${command}`);
  });
  return app;
}

/** The texts of `/json/activate` and `/json/close`. */
async function onTarget(c: Context, options: DiscoveryOptions, verb: 'activate' | 'close') {
  // An image tag sends no Origin, but it says where it comes from.
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'none' && site !== 'same-origin') {
    return text(c, 403, `Refused to ${verb} a target for a page of another site`);
  }
  const targetId = c.req.param('id') ?? '';
  if (targetId === '') return text(c, 404, 'No such target id: ');
  const method = verb === 'close' ? 'Target.closeTarget' : 'Target.activateTarget';
  const workspace = await options.workspace(c);
  const caller = 'status' in workspace ? workspace : options.caller(workspace);
  if ('status' in caller) return refuse(c, caller);
  const { error } = await ask(caller, method, { targetId });
  if (error?.message === 'No target with given id found')
    return text(c, 404, `No such target id: ${targetId}`);
  if (error) return text(c, 500, `Could not ${verb} target id: ${targetId}`);
  return text(c, 200, verb === 'close' ? 'Target is closing' : 'Target activated');
}

/** Rejects with TIMEOUT after 10 s; what has not gone out by then, for its caller is paused, never does. */
async function ask(caller: Caller, method: string, params: object): Promise<Answer> {
  const givenUp = new AbortController();
  try {
    return await answered(caller.call({ method, params, quiet: true, signal: givenUp.signal }));
  } catch (error) {
    givenUp.abort();
    const { pause, identity } = caller.mux;
    if (!pause.on) throw error;
    const { message, hint } = paused(method, OWN_COMMAND, identity);
    throw new HubError('TIMEOUT', message, hint);
  }
}

async function browserVersion(mux: Mux): Promise<Version> {
  const answer = await answered(mux.call('Browser.getVersion'));
  if (answer.error) throw new Error(answer.error.message);
  return answer.result as Version;
}

/** What Chrome would say of itself, where it has no HTTP to be asked. */
function versionOf(version: Version): Record<string, string> {
  return {
    Browser: version.product,
    'Protocol-Version': version.protocolVersion,
    'User-Agent': version.userAgent,
    'V8-Version': version.jsVersion,
    'WebKit-Version': `537.36 (${version.revision})`,
  };
}

/** Host and path prefix of the URLs that a caller is given, and the query that they repeat. */
interface Place {
  at: string;
  carried: string;
}

function descriptor(target: Target, { at, carried }: Place): TargetDescriptor {
  const path = `${at}/devtools/page/${target.targetId}${carried}`;
  return {
    description: '',
    devtoolsFrontendUrl: `http://${at}${frontEndPage(target.type)}?ws=${carried === '' ? path : encodeURIComponent(path)}`,
    id: target.targetId,
    ...(target.parentId !== undefined && { parentId: target.parentId }),
    title: target.title,
    type: target.type,
    url: target.url,
    webSocketDebuggerUrl: `ws://${path}`,
  };
}

/** Chrome takes the query up to the first `&` as the URL, unescaped; none means about:blank. */
function newUrl(search: string): string {
  const raw = search.slice(1).split('&', 1)[0] ?? '';
  try {
    return decodeURIComponent(raw) || 'about:blank';
  } catch {
    return raw;
  }
}

function unsafeVerb(verb: string): string {
  return `Using unsafe HTTP verb ${verb} to invoke /json/new. This action supports only PUT verb.`;
}

/** Chrome indents by three and ends with a newline. */
function json(c: Context, value: unknown) {
  return c.body(`${JSON.stringify(value, null, 3)}\n`, 200, HEADERS);
}

function text(c: Context, status: 200 | 403 | 404 | 405 | 500, body: string) {
  return c.body(body, status, HEADERS);
}

/** What the browser's own HTTP says, asked once per connection. */
class OwnAnswers {
  readonly #options: DiscoveryOptions;
  readonly #bodies = new Map<string, Promise<string | null>>();
  #connection = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Null where the browser has no HTTP, or does not answer there. */
  get(path: '/json/version' | '/json/protocol'): Promise<string | null> {
    const endpoint = this.#options.endpoint();
    if (!endpoint?.http) return Promise.resolve(null);
    if (this.#connection !== this.#options.connection()) this.#bodies.clear();
    this.#connection = this.#options.connection();
    let body = this.#bodies.get(path);
    if (!body) {
      body = fetchFrom(endpoint, path);
      this.#bodies.set(path, body);
      void body.then((got) => {
        if (got === null) this.#bodies.delete(path);
      });
    }
    return body;
  }
}

/** Null where it cannot be had. */
async function fetchFrom(endpoint: BrowserEndpoint, path: string): Promise<string | null> {
  try {
    const { status, body } = await askBrowser(endpoint, path);
    const text = await body.text();
    return status === 200 ? text : null;
  } catch {
    return null;
  }
}
