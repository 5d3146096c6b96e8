import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Chrome } from '../../helpers/chrome.ts';
import { eventually, ForwarderProcess, TcpClient } from '../../integration/proxy/forwarder-process.ts';

const DOCKER = 'host.docker.internal';

describe('the forwarder before a real Chromium', () => {
  let browser: Chrome;
  let port = 0;
  let forwarder: ForwarderProcess;

  beforeAll(async () => {
    browser = await Chrome.start();
    port = browser.port;
    forwarder = await ForwarderProcess.start({ host: '127.0.0.1', port }, { allowedHosts: ['box.lan'] });
  });

  afterAll(async () => {
    await forwarder?.[Symbol.asyncDispose]();
    await browser[Symbol.asyncDispose]();
  });

  it('makes a listed name work where Chrome alone refuses it', async () => {
    const host = `${DOCKER}:${forwarder.port}`;
    expect((await get(port, '/json/version', host)).status).toBe(500);

    const answer = await get(forwarder.port, '/json/version', host);
    expect(answer.status).toBe(200);
    const url: string = JSON.parse(answer.body).webSocketDebuggerUrl;
    expect(url).toMatch(new RegExp(`^ws://${DOCKER}:${forwarder.port}/devtools/browser/`));
    expect(await browserVersion(forwarder.port, url)).toMatch(/^(Headless)?Chrome\//);
  });

  it('names the caller in every URL of /json/list and /json/new', async () => {
    const host = `box.lan:${forwarder.port}`;
    const made = JSON.parse((await get(forwarder.port, '/json/new?about:blank', host, 'PUT')).body);
    expect(made.webSocketDebuggerUrl).toBe(`ws://${host}/devtools/page/${made.id}`);
    const listed = JSON.parse((await get(forwarder.port, '/json', host)).body);
    const page = listed.find((entry: { id: string }) => entry.id === made.id);
    expect(page.webSocketDebuggerUrl).toBe(made.webSocketDebuggerUrl);
    expect(page.devtoolsFrontendUrl).toContain(`ws=${host}/devtools/page/${made.id}`);
    expect(JSON.stringify(listed)).not.toContain(`:${port}/`);
  });

  it('refuses any other name with the flag to set, for HTTP and for WebSocket', async () => {
    const refused = await get(forwarder.port, '/json/version', 'evil.example');
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body).hint).toContain('--allowed-hosts evil.example');
    const url = JSON.parse(
      (await get(forwarder.port, '/json/version', 'localhost')).body,
    ).webSocketDebuggerUrl;
    const path = new URL(url).pathname;
    await expect(browserVersion(forwarder.port, `ws://evil.example${path}`)).rejects.toThrow('403');
  });

  it("leaves Chrome's own check of Origin in force, also for a listed name", async () => {
    const { webSocketDebuggerUrl } = JSON.parse(
      (await get(forwarder.port, '/json/version', `${DOCKER}:1`)).body,
    );
    const origin = `http://${DOCKER}:1`;
    await expect(browserVersion(forwarder.port, webSocketDebuggerUrl, { origin })).rejects.toThrow('403');
  });

  it('answers as Chrome itself where nothing needs a change', async () => {
    const host = `127.0.0.1:${forwarder.port}`;
    for (const path of [
      '/json/version',
      '/json/protocol',
      '/json/nope',
      '/json/close/x',
      '/devtools/browser/x',
    ]) {
      expect(await get(forwarder.port, path, host), path).toEqual(await get(port, path, host));
    }
  });

  it('answers a client that ends its half behind the request, which Chrome alone does not', async () => {
    using client = new TcpClient(forwarder.port);
    client.socket.end(`GET /json/version HTTP/1.1\r\nHost: ${DOCKER}\r\n\r\n`);
    await eventually(() => client.ended, 'the end');
    expect(client.received).toContain(`ws://${DOCKER}/devtools/browser/`);
  });

  it('keeps a keep-alive connection in step through the body that Chrome sends behind HEAD', async () => {
    using client = new TcpClient(forwarder.port);
    client.socket.write(
      `HEAD /json/version HTTP/1.1\r\nHost: ${DOCKER}\r\n\r\nGET /json/version HTTP/1.1\r\nHost: ${DOCKER}:7\r\n\r\n`,
    );
    await eventually(
      () => client.received.includes(`ws://${DOCKER}:7/devtools/browser/`),
      'the second answer',
    );
  });

  // Last: the browser is gone afterwards.
  it('a killed browser ends its clients, and the next gets 503', async () => {
    const url = JSON.parse(
      (await get(forwarder.port, '/json/version', 'localhost')).body,
    ).webSocketDebuggerUrl;
    const socket = new WebSocket(`ws://127.0.0.1:${forwarder.port}${new URL(url).pathname}`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    browser.signal('SIGKILL');
    expect((await closed)[0]).toBe(1006);
    // Until the system has closed the dying browser's port, a connection may still be made and then lost: 502.
    await eventually(async () => {
      const { status, body } = await get(forwarder.port, '/json/version', 'localhost');
      expect(JSON.parse(body).error).toBe('BROWSER_UNREACHABLE');
      expect([502, 503]).toContain(status);
      return status === 503;
    }, '503');
  });
});

async function get(
  port: number,
  path: string,
  host: string,
  method = 'GET',
): Promise<{ status: number | undefined; body: string }> {
  const asked = request({ host: '127.0.0.1', port, path, method, headers: { host }, agent: false });
  asked.end();
  const [answer] = await once(asked, 'response');
  let body = '';
  for await (const part of answer.setEncoding('utf8')) body += part;
  return { status: answer.statusCode, body };
}

/** The product that a WebSocket at `url` reports; the name in `url` goes into Host, the way is to `port`. */
async function browserVersion(port: number, url: string, headers: { origin?: string } = {}): Promise<string> {
  const { pathname, host } = new URL(url);
  const socket = new WebSocket(`ws://127.0.0.1:${port}${pathname}`, { headers: { host, ...headers } });
  try {
    await once(socket, 'open');
    socket.send(JSON.stringify({ id: 1, method: 'Browser.getVersion' }));
    const [data] = await once(socket, 'message');
    return JSON.parse(String(data)).result.product;
  } finally {
    socket.terminate();
  }
}
