import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './certificate.ts';

/** What a page asked the server for; `at` is the milliseconds of `performance.now()` of this process. */
interface Hit {
  url: string;
  at: number;
}

const html = (body: string) => ({ type: 'text/html', body: `<!doctype html>${body}` });
const script = (body: string) => ({ type: 'text/javascript', body });

type Reply = { type: string; body: string; attachment?: string };

/** The pages by path. `who` is whom the page was opened for, `other` is the second origin. */
const PAGES: Record<string, (who: string, other: string) => Reply> = {
  '/': (who) =>
    html(`<title>page of ${who}</title><h1>real</h1><input id=field>
      <button id=button onclick="this.textContent='clicked'">go</button>
      <input type=file id=file>`),
  '/framed': (who, other) =>
    html(`<title>framed page of ${who}</title><iframe src="${other}/?who=${who}"></iframe>`),
  '/openers': (who) =>
    html(`<title>openers of ${who}</title>
      <button id=open onclick="window.open('/popup?who=${who}&kind=open')">open</button>
      <a id=link target=_blank rel=noopener href="/popup?who=${who}&kind=noopener">link</a>`),
  '/popup': (who) =>
    html(`<title>popup of ${who}</title><script>window.seen = window.early ?? 'nothing'</script>`),
  '/tall': (who) => html(`<title>tall page of ${who}</title><div style="height: 3000px"></div>`),
  '/files': (who) =>
    html(`<title>files of ${who}</title>
      <a id=attachment href="/attachment?who=${who}">attachment</a>
      <a id=named href="/plain?who=${who}" download="named.txt">named</a>`),
  '/attachment': (who) => ({ type: 'text/plain', body: `attachment for ${who}`, attachment: 'attached.txt' }),
  '/plain': (who) => ({ type: 'text/plain', body: `plain for ${who}` }),
  '/busy': (who, other) =>
    html(`<title>busy page of ${who}</title><iframe src="${other}/?who=${who}"></iframe><script>
      const shared = new SharedWorker('/shared.js');
      shared.port.start();
      const parts = {
        frame: new Promise((done) => addEventListener('load', done)),
        worker: new Promise((done) => { new Worker('/worker.js?who=${who}').onmessage = done; }),
        shared: new Promise((done) => { shared.port.onmessage = done; }),
        service: navigator.serviceWorker.register('/service.js').then(() => navigator.serviceWorker.ready),
      };
      window.there = [];
      for (const [name, part] of Object.entries(parts)) part.then(() => window.there.push(name));
      window.all = Promise.all(Object.values(parts)).then(() => window.there.sort().join());
    </script>`),
  '/worker.js': () => script('postMessage(1)'),
  '/shared.js': () => script('onconnect = (event) => event.ports[0].postMessage(1)'),
  '/service.js': () => script('oninstall = () => skipWaiting()'),
};

/** The pages that the clients drive, on two origins and once more behind a certificate that is its own. */
export class Site implements AsyncDisposable {
  readonly hits: Hit[] = [];
  readonly #servers: Server[] = [];
  /** Origins without a slash at the end. */
  origin = '';
  other = '';
  secure = '';

  static async start(): Promise<Site> {
    const site = new Site();
    const answer = (request: IncomingMessage, response: ServerResponse) => site.#answer(request, response);
    site.origin = `http://127.0.0.1:${await site.#listen(createServer(answer))}`;
    site.other = `http://localhost:${await site.#listen(createServer(answer))}`;
    site.secure = `https://127.0.0.1:${await site.#listen(createSecureServer(selfSigned(), answer))}`;
    return site;
  }

  page(path: string, who: string): string {
    return `${this.origin}${path}?who=${who}`;
  }

  async #listen(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.origin);
    this.hits.push({ url: `${url.pathname}${url.search}`, at: performance.now() });
    const reply = PAGES[url.pathname]?.(url.searchParams.get('who') ?? 'nobody', this.other);
    if (!reply) return void response.writeHead(404).end();
    response.setHeader('content-type', reply.type);
    response.setHeader('cache-control', 'no-store');
    if (reply.attachment) {
      response.setHeader('content-disposition', `attachment; filename=${reply.attachment}`);
    }
    response.end(reply.body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}
