import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

/** Two pages of this machine, in place of those that the guide names. */
const site = createServer((request, response) => {
  response.setHeader('content-type', 'text/html').end(`<title>${request.url}</title>`);
});
await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
afterAll(() => site.close());
const pages = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

/** What a shell prints that runs these lines of the guide. */
async function bash(lines: string): Promise<string> {
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', lines], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  shell.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const code = await new Promise((resolve) => shell.once('close', resolve));
  expect(code, lines).toBe(0);
  return printed;
}

const executes = (page: string, id: number) => `curl -s -X POST ${gateway.url}/execute \\
  -H "Content-Type: application/json" \\
  -d '{"method": "Page.navigate", "params": {"url": "${pages}/${page}"}, "id": ${id}}'`;

test('curl /health', async () => {
  expect(JSON.parse(await bash(`curl -s ${gateway.url}/health`))).toMatchObject({
    status: 'ok',
    browser_connected: true,
    total_clients: 0,
    active_clients: [],
    total_requests: 0,
  });
});

test('two terminals execute a command each, at the same time', async () => {
  const answers = await Promise.all([bash(executes('one', 1)), bash(executes('two', 2))]);
  for (const [n, answer] of answers.entries()) {
    expect(JSON.parse(answer)).toEqual({
      id: n + 1,
      result: expect.objectContaining({ frameId: expect.any(String), loaderId: expect.any(String) }),
      error: null,
    });
  }
  // Both spoke for the same caller, and so for one tab: the one that came last stands.
  // A navigation is answered before the browser's list has its address.
  const addresses = async () => {
    const targets = JSON.parse(await bash(`curl -s ${gateway.url}/json/list`)) as { url: string }[];
    return targets.map(({ url }) => url);
  };
  await expect.poll(addresses).toEqual([expect.stringMatching(/\/(one|two)$/)]);
});

test('curl /stats', async () => {
  const stats = JSON.parse(await bash(`curl -s ${gateway.url}/stats`));
  expect(stats).toMatchObject({
    connected: true,
    total_clients: 1,
    active_clients: ['http'],
    total_requests: 2,
    failed_requests: 0,
    success_rate: '100.00%',
  });
});

test('/docs is a page', async () => {
  const printed = await bash(`curl -s -i ${gateway.url}/docs`);
  expect(printed).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(printed).toMatch(/\r\ncontent-type: text\/html/i);
  expect(printed).toContain('swagger-ui-bundle.js');
});
