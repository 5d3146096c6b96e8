import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const html = (body: string) => `<!doctype html>${body}`;

/**
 * Pages with something to download: `/page?who=A`, `/frame?who=A` with the same page in a frame, and
 * `/file/NAME?who=A`, of which the text names who asked. With `&slow` a file comes half, and its rest when it is let
 * go.
 */
export class DownloadSite implements AsyncDisposable {
  readonly #server: Server;
  readonly #half: (() => void)[] = [];
  origin = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const who = url.searchParams.get('who') ?? 'nobody';
      if (url.pathname === '/page') this.#page(response, html(`<title>${who}</title>page of ${who}`));
      else if (url.pathname === '/frame')
        this.#page(response, html(`<iframe src="/page?who=${who}"></iframe>`));
      else if (url.pathname.startsWith('/file/')) this.#file(response, url, who);
      else response.writeHead(404).end();
    });
  }

  static async start(): Promise<DownloadSite> {
    const site = new DownloadSite();
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    site.origin = `http://127.0.0.1:${(site.#server.address() as AddressInfo).port}`;
    return site;
  }

  /** How many wait to be let go. */
  get half(): number {
    return this.#half.length;
  }

  letGo(): void {
    for (const finish of this.#half.splice(0)) finish();
  }

  #page(response: ServerResponse, body: string): void {
    response.setHeader('content-type', 'text/html').end(body);
  }

  #file(response: ServerResponse, url: URL, who: string): void {
    const name = decodeURIComponent(url.pathname.slice('/file/'.length));
    response.setHeader('content-type', 'application/octet-stream');
    response.setHeader('content-disposition', `attachment; filename="${name}"`);
    const text = `for ${who}`;
    if (!url.searchParams.has('slow')) {
      response.end(text);
      return;
    }
    // Chrome looks at the first kilobytes before it calls it a download.
    response.write(`${text}${' '.repeat(100_000)}`);
    this.#half.push(() => response.end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
