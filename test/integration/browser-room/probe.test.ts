import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { choosePort } from '../../../src/supervisor/browser/port-choice.ts';
import { askVersion, probePort } from '../../../src/supervisor/browser/probe.ts';

const open: Server[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  open.push(server);
  return (server.address() as AddressInfo).port;
}

const http = (handler: RequestListener, host?: string) => listen(createHttp(handler), host);

const devtools: RequestListener = (request, response) => {
  response.end(
    JSON.stringify({
      Browser: 'Chrome/156.0.1.2',
      'User-Agent': 'Mozilla/5.0',
      webSocketDebuggerUrl: `ws://${request.headers.host}/devtools/browser/0f72-aa`,
    }),
  );
};

/** A profile as Chrome's approval mode leaves it. */
function profileFor(port: number, pid: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'cdp-hub-test-'));
  folders.push(folder);
  const profile = join(folder, 'google-chrome');
  mkdirSync(profile);
  writeFileSync(join(profile, 'DevToolsActivePort'), `${port}\n/devtools/browser/beef-01`);
  symlinkSync(`${hostname()}-${pid}`, join(profile, 'SingletonLock'));
  return profile;
}

const quick = { connectMs: 500, answerMs: 300 };

describe('probePort', () => {
  it('finds nothing where nothing listens', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => open.pop()?.close(resolve));
    await expect(probePort(port, quick, [])).resolves.toEqual({ kind: 'nothing' });
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ])('finds DevTools on %s', async (host, shown) => {
    const port = await http(devtools, host);
    await expect(probePort(port, quick, [])).resolves.toMatchObject({
      kind: 'devtools',
      host,
      devtools: { product: 'Chrome/156.0.1.2', wsUrl: `ws://${shown}:${port}/devtools/browser/0f72-aa` },
    });
  });

  it('does not wait for a listener that never answers (a stopped Chrome does not)', async () => {
    const port = await listen(createServer((socket) => socket.on('error', () => {}).resume()));
    const from = performance.now();
    await expect(probePort(port, quick, [])).resolves.toMatchObject({
      kind: 'other',
      reason: expect.stringContaining('did not answer within 300 ms'),
    });
    expect(performance.now() - from).toBeLessThan(2000);
  });

  it.each<[string, RequestListener]>([
    ['another server', (_, response) => response.end('<h1>hello</h1>')],
    ['JSON of another kind', (_, response) => response.end('{"ok":true}')],
    ['an error', (_, response) => response.writeHead(500).end('no')],
    ['an endless answer', (_, response) => void response.write('x'.repeat(400_000))],
  ])('takes %s for what it is', async (_name, handler) => {
    await expect(probePort(await http(handler), quick, [])).resolves.toMatchObject({ kind: 'other' });
  });

  it('finds Chrome’s approval mode by the profile that announces the port', async () => {
    const port = await http((_, response) => response.writeHead(404).end());
    const profile = profileFor(port, process.pid);
    await expect(probePort(port, quick, [profile])).resolves.toEqual({
      kind: 'websocket-only',
      host: '127.0.0.1',
      wsUrl: `ws://127.0.0.1:${port}/devtools/browser/beef-01`,
      announcedIn: join(profile, 'DevToolsActivePort'),
    });
  });

  it('finds it in the profile that whoever listens was told to use', async () => {
    const profile = mkdtempSync(join(tmpdir(), 'cdp-hub-test-'));
    folders.push(profile);
    const program = `
      const server = require('node:http').createServer((_, response) => response.writeHead(404).end());
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        const path = require('node:path').join(process.argv[1].split('=')[1], 'DevToolsActivePort');
        require('node:fs').writeFileSync(path, port + '\\n/devtools/browser/beef-02');
        console.log(port);
      });`;
    const browser = spawn(process.execPath, ['-e', program, '--', `--user-data-dir=${profile}`]);
    try {
      const [port] = (await once(browser.stdout, 'data')).map(Number);
      await expect(probePort(port ?? 0, quick, [])).resolves.toMatchObject({
        kind: 'websocket-only',
        wsUrl: `ws://127.0.0.1:${port}/devtools/browser/beef-02`,
      });
    } finally {
      browser.kill();
    }
  });

  it('does not believe a profile whose Chrome is not the one that listens', async () => {
    const port = await http((_, response) => response.writeHead(404).end());
    const profiles = [profileFor(port, 1), profileFor(port + 1, process.pid)];
    await expect(probePort(port, quick, profiles)).resolves.toMatchObject({ kind: 'other' });
  });
});

describe('askVersion', () => {
  it('keeps path and query of the address, and sends its host', async () => {
    const seen: (string | undefined)[] = [];
    const port = await http((request, response) => {
      seen.push(request.url, request.headers.host);
      devtools(request, response);
    });
    await askVersion(`http://127.0.0.1:${port}/w/alice/?token=t`, 1000);
    expect(seen).toEqual(['/w/alice/json/version?token=t', `127.0.0.1:${port}`]);
  });
});

describe('choosePort', () => {
  it('attaches to DevTools on the wanted port only where it may', async () => {
    const port = await http(devtools);
    await expect(choosePort({ port, named: false, mayAttach: true })).resolves.toMatchObject({
      kind: 'attach',
      port,
    });
    await expect(choosePort({ port, named: false, mayAttach: false })).resolves.toMatchObject({
      kind: 'launch',
      notes: [expect.stringMatching(`port ${port} is taken by pid ${process.pid}.*: using ${port + 10}`)],
    });
    await expect(choosePort({ port, named: true, mayAttach: false })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
  });

  it('leaves any free port to the browser, and a lost one out', async () => {
    await expect(choosePort({ port: 0, named: false, mayAttach: true })).resolves.toMatchObject({
      kind: 'launch',
      port: 0,
    });
    const port = await listen(createServer());
    await new Promise((resolve) => open.pop()?.close(resolve));
    await expect(
      choosePort({ port, named: false, mayAttach: false }, new Set([port])),
    ).resolves.toMatchObject({ kind: 'launch', port: port + 10 });
  });
});
