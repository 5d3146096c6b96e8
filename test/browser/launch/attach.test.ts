import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, startBrowser } from '../../../src/supervisor/browser/browser.ts';
import { groupLives } from '../../../src/supervisor/browser/process-group.ts';
import { readRecord, writeRecord } from '../../../src/supervisor/browser/record.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { configOf, freePort, freshState, hooksOf, takePort } from './kit.ts';

describe('a browser that somebody else started', () => {
  const state = freshState();
  let theirs: Chrome;
  beforeAll(async () => {
    theirs = await Chrome.start();
  });
  afterAll(async () => {
    await theirs[Symbol.asyncDispose]();
    state.remove();
  });

  it('is attached to in mode auto, and left alone by close and kill', async () => {
    const config = configOf({ mode: 'auto', port: theirs.port, named: false, path: null });
    const browser = await startBrowser(config, state, hooksOf());
    expect(browser).toMatchObject({ pid: null, launched: false });
    expect(browser.endpoint).toMatchObject({ port: theirs.port, http: true, wsUrl: theirs.endpoint.wsUrl });
    expect(browser.detail).toMatch(/^\S+ \d+, attached at 127\.0\.0\.1:/);
    await browser.close(1000);
    browser.kill();
    expect((await fetch(`http://127.0.0.1:${theirs.port}/json/version`)).status).toBe(200);
  });

  it.each(['http://127.0.0.1', 'http://localhost'])('is attached to by %s', async (base) => {
    const config = configOf({ mode: 'attach', url: `${base}:${theirs.port}` });
    const browser = await startBrowser(config, state, hooksOf());
    expect(new URL(browser.endpoint.wsUrl).pathname).toBe(new URL(theirs.endpoint.wsUrl).pathname);
  });

  it('is attached to by its WebSocket address, as it is', async () => {
    const browser = await startBrowser(
      configOf({ mode: 'attach', url: theirs.endpoint.wsUrl }),
      state,
      hooksOf(),
    );
    expect(browser.endpoint).toMatchObject({ wsUrl: theirs.endpoint.wsUrl, http: false, port: theirs.port });
  });

  it('on a named port is no place to launch: it is offered for attaching', async () => {
    const config = configOf({ mode: 'launch', port: theirs.port, named: true });
    await expect(startBrowser(config, state, hooksOf())).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      hint: expect.stringContaining(`--browser-url http://127.0.0.1:${theirs.port}`),
    });
  });
});

describe('a browser that cannot be reached', () => {
  const state = freshState();
  afterAll(() => state.remove());

  it('says that nothing listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await expect(startBrowser(configOf({ mode: 'attach', url }), state, hooksOf())).rejects.toMatchObject({
      code: 'BROWSER_UNREACHABLE',
      message: expect.stringMatching(/nothing listens there/),
      hint: expect.stringContaining('--remote-debugging-port='),
    });
    const ws = `${url.replace('http', 'ws')}/devtools/browser/x?token=secret`;
    const refused = startBrowser(configOf({ mode: 'attach', url: ws }), state, hooksOf());
    await expect(refused).rejects.toMatchObject({ code: 'BROWSER_UNREACHABLE' });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret') });
  });

  it('keeps no stop waiting', async () => {
    const { port, server } = await takePort();
    const abort = new AbortController();
    const config = configOf({ mode: 'attach', url: `http://127.0.0.1:${port}` });
    const start = startBrowser(config, state, hooksOf({ signal: abort.signal }));
    const refused = expect(start).rejects.toMatchObject({ code: 'HUB_STOPPING' });
    const from = performance.now();
    abort.abort();
    await refused;
    expect(performance.now() - from).toBeLessThan(1000);
    server.close();
  });

  it('says what answers instead, and that of the forwarder elsewhere where that was asked for', async () => {
    const server = createServer((_request, response) => response.writeHead(403).end('not you'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    await expect(startBrowser(configOf({ mode: 'remote', url }), state, hooksOf())).rejects.toMatchObject({
      code: 'BROWSER_UNREACHABLE',
      message: expect.stringMatching(/CDP_PROXY_HOST.*HTTP 403 \(not you\)/),
      hint: expect.stringContaining('forwarder'),
    });
    server.close();
  });
});

describe('another hub’s browser', () => {
  const state = freshState();
  const other = freshState();
  let theirs: Browser;
  beforeAll(async () => {
    theirs = await startBrowser(configOf(), other, hooksOf());
  });
  afterAll(async () => {
    await theirs.close(5000);
    state.remove();
    other.remove();
  });

  it('is not attached to: the default port steps on, and whose it is, is said', async () => {
    const config = configOf({ mode: 'auto', port: theirs.endpoint.port, named: false });
    await using browser = await startBrowser(config, state, hooksOf());
    expect(browser.launched).toBe(true);
    expect(browser.endpoint.port).toBeGreaterThan(theirs.endpoint.port);
    expect(browser.notes.join('\n')).toContain(`the browser of another hub (${other.home})`);
  });

  it('is not attached to on a named port either', async () => {
    const config = configOf({ mode: 'auto', port: theirs.endpoint.port, named: true });
    await expect(startBrowser(config, state, hooksOf())).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });

  it('is attached to where its address is given', async () => {
    const url = `http://127.0.0.1:${theirs.endpoint.port}`;
    const browser = await startBrowser(configOf({ mode: 'attach', url }), state, hooksOf());
    expect(browser.launched).toBe(false);
  });
});

describe('the record of the browser that ran last', () => {
  it('names an orphan: it is ended before a new one starts, on the same port', async () => {
    using state = freshState();
    const orphan = await startBrowser(configOf(), state, hooksOf());
    const config = configOf({ mode: 'auto', port: orphan.endpoint.port, named: true });
    await using browser = await startBrowser(config, state, hooksOf());
    expect(groupLives(orphan.pid ?? 0)).toBe(false);
    expect(browser).toMatchObject({ launched: true, endpoint: { port: orphan.endpoint.port } });
    expect(browser.notes.join('\n')).toContain(`pid ${orphan.pid}`);
    await browser.close(5000);
  });

  it('never costs another process its life, whatever it says', async () => {
    using state = freshState();
    const { startToken } = await import('../../../src/shared/port-holder.ts');
    await using bystander = await Chrome.start();
    writeRecord(state.browserRecord, {
      pid: bystander.pid,
      startToken: startToken(bystander.pid) ?? '',
      guid: 'x',
      port: bystander.port,
      profile: '/nowhere/of/ours',
      temporary: false,
      supervisor: 1,
    });
    await using browser = await startBrowser(configOf(), state, hooksOf());
    expect(groupLives(bystander.pid)).toBe(true);
    expect(readRecord(state.browserRecord)?.pid).toBe(browser.pid);
    await browser.close(5000);
  });
});
