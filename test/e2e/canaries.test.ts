import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { evaluate, execute } from '../helpers/execute.ts';
import { BIN, cdpHub, Home, Hub, until } from '../helpers/hub.ts';

let hub: Hub;
let origin = '';

/** Shows what it was asked with nowhere, and takes a password. */
const site = createServer((_, response) => {
  response
    .setHeader('content-type', 'text/html')
    .setHeader('set-cookie', `site=${SECRETS.setCookie}; Path=/`);
  response.end('<title>site</title><input type="password" autofocus>');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  hub = await Hub.up(new Home());
});
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  site.close();
});

const secret = () => `c4n4ry${randomBytes(12).toString('hex')}`;
const SECRETS = {
  cookie: secret(),
  setCookie: secret(),
  header: secret(),
  token: secret(),
  fragment: secret(),
  password: secret(),
  socketPassword: secret(),
  socketToken: secret(),
  called: secret(),
  calledToken: secret(),
  refused: secret(),
};

/** All that comes out of something, until the test ends. */
function listening(process: ChildProcess): { text: string } {
  const heard = { text: '' };
  for (const stream of [process.stdout, process.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      heard.text += chunk.toString();
    });
  }
  return heard;
}

it('secrets that clients send are told to nobody else and written nowhere, whoever listens', {
  timeout: 90_000,
}, async () => {
  const token = readFileSync(join(hub.home.path, 'control-token'), 'utf8').trim();
  const withToken = { headers: { authorization: `Bearer ${token}` } };
  const neighbour = await RawClient.connect(`${hub.urls.gateway.replace('http', 'ws')}/ws?client=neighbour`);
  for (const method of ['Network.enable', 'Page.enable', 'Runtime.enable', 'Log.enable']) {
    await neighbour.call(method);
  }
  await neighbour.call('Target.setDiscoverTargets', { discover: true });
  const follow = ['tail', '--level', '3', '--rows', '0'];
  const tails = [follow, [...follow, '--json'], [...follow, '--filter', 'text:c4n4ry | method:*']].map(
    (args) => spawn(process.execPath, [BIN, ...args], { env: hub.home.env }),
  );
  const tailed = tails.map(listening);
  const abort = new AbortController();
  const stream = await fetch(`${hub.urls.gateway}/api/v2/events?traffic=1&filter=text:*`, {
    ...withToken,
    signal: abort.signal,
  });
  let events = '';
  const reading = (async () => {
    for await (const bytes of stream.body ?? []) events += Buffer.from(bytes).toString();
  })().catch(() => {});
  await until('everybody listens', async () => {
    await execute(hub.urls.gateway, { method: 'Browser.getVersion' }, 'first');
    return tailed.every(({ text }) => text.includes('Browser.getVersion')) && events.includes('getVersion');
  });

  await overPuppeteer();
  await overSocket();
  await overHttp();

  // The last row that everybody is told of.
  await until('the last is told', async () => {
    await execute(hub.urls.gateway, { method: 'Browser.getWindowForTarget' }, 'last');
    return [events, ...tailed.map(({ text }) => text)].every((text) => text.includes('getWindowForTarget'));
  });
  const read = async (path: string) => (await fetch(hub.urls.gateway + path, withToken)).text();
  const logs = readdirSync(join(hub.home.path, 'logs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const told: Record<string, string> = {
    neighbour: JSON.stringify(neighbour.frames),
    tail: tailed[0]?.text ?? '',
    'tail --json': tailed[1]?.text ?? '',
    'tail --filter text:': tailed[2]?.text ?? '',
    events,
    past: (await cdpHub(hub.home, 'tail', '--no-follow', '--rows', '5000', '--level', '3', '--json')).stdout,
    lines: JSON.stringify(hub.events) + hub.stderr,
    logs: logs.join('\n'),
    status: (await cdpHub(hub.home, 'status', '--json')).stdout,
  };
  for (const path of ['/stats', '/metrics', '/health', '/api/v2/clients', '/api/v2/processes']) {
    told[path] = await read(path);
  }
  // What is empty shows nothing.
  expect(Object.entries(told).filter(([, text]) => text.length < 50)).toEqual([]);
  expect(told.logs).toContain('listening');
  for (const place of ['tail', 'tail --json', 'tail --filter text:', 'events', 'past']) {
    expect(told[place], place).toContain(`${origin}/?token=[masked]`);
  }
  for (const [name, value] of Object.entries(SECRETS)) {
    for (const [place, text] of Object.entries(told)) {
      const at = text.indexOf(value);
      expect(at < 0 || text.slice(Math.max(0, at - 300), at + 40), `${name} in ${place}`).toBe(true);
    }
  }
  abort.abort();
  await reading;
  for (const tail of tails) {
    tail.kill();
    await once(tail, 'close');
  }
  await neighbour[Symbol.asyncDispose]();
});

async function overPuppeteer(): Promise<void> {
  const browser = await puppeteer.connect({ browserURL: hub.urls.gateway });
  try {
    const page = await browser.newPage();
    await browser.setCookie({ name: 'own', value: SECRETS.cookie, domain: '127.0.0.1' });
    await page.setExtraHTTPHeaders({ authorization: `Bearer ${SECRETS.header}` });
    await page.goto(`${origin}/?token=${SECRETS.token}#access_token=${SECRETS.fragment}`);
    const session = await page.createCDPSession();
    await session.send('Input.insertText', { text: SECRETS.password });
    expect(await page.$eval('input', (input) => (input as { value?: string }).value)).toBe(SECRETS.password);
    expect((await browser.cookies()).map(({ value }) => value)).toContain(SECRETS.cookie);
  } finally {
    await browser.disconnect();
  }
}

async function overSocket(): Promise<void> {
  await using client = await RawClient.connect(`${hub.urls.gateway.replace('http', 'ws')}/ws?client=caller`);
  for (const method of ['Network.enable', 'Page.enable']) await client.call(method);
  await client.call('Page.navigate', { url: `${origin}/?token=${SECRETS.socketToken}` });
  await client.heard(({ method }) => method === 'Page.loadEventFired');
  await client.call('Input.insertText', { text: SECRETS.socketPassword });
  const typed = await client.call('Runtime.evaluate', {
    expression: 'document.querySelector("input").value',
  });
  expect(typed.result.result.value).toBe(SECRETS.socketPassword);
  client.say(`{"id":1,"method":"Page.enable","params":{"x":"${SECRETS.refused}" "y"`);
  await client.heard(({ error }) => error?.code === -32700);
}

async function overHttp(): Promise<void> {
  const run = (command: object) => execute(hub.urls.gateway, command, 'curl');
  await run({ method: 'Page.navigate', params: { url: `${origin}/?token=${SECRETS.calledToken}` } });
  const { body } = await run(evaluate(`'${SECRETS.called.slice(0, 9)}' + '${SECRETS.called.slice(9)}'`));
  expect(body.result).toMatchObject({ result: { value: SECRETS.called } });
  await fetch(`${hub.urls.gateway}/api/v2/clients?token=${SECRETS.refused}`);
}
