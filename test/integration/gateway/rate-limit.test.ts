import { expect, test } from 'vitest';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { CONTROL_TOKEN } from './gateway-process.ts';

const gateway = await gatewayOn(await FakeChrome.start(), {
  rateLimit: { perSecond: 1, burst: 3 },
  isolation: 'none',
});

async function ask(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${gateway.url}${path}`, { headers });
  const text = await answer.text();
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), text };
}

async function exhaust(path: string, headers: Record<string, string> = {}) {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await ask(path, headers);
    if (answer.status === 429) return answer;
  }
  throw new Error('never limited');
}

test('who asks too often is told when to come again, each client for itself', async () => {
  const limited = await exhaust('/stats', { 'x-client-id': 'alice' });
  expect(Number(limited.retryAfter)).toBe(1);
  expect(JSON.parse(limited.text)).toEqual({
    error: 'RATE_LIMITED',
    message: expect.stringContaining('alice'),
    hint: expect.stringContaining('--rate-limit'),
  });
  expect((await ask('/stats', { 'x-client-id': 'bob' })).status).toBe(200);
  expect((await ask('/stats')).status).toBe(200);
  // The same client by another of its names.
  await exhaust('/w/carol/stats');
  expect((await ask('/stats?workspace=carol')).status).toBe(429);
});

test('monitors, pages’ files, the person who runs the hub and sockets are not limited', async () => {
  await exhaust('/stats');
  for (const [path, status] of [
    ['/health', 200],
    ['/', 200],
    ['/devtools/nothing.js', 503],
    [`/api/v2/nothing?token=${CONTROL_TOKEN}`, 404],
  ] as const) {
    for (let i = 0; i < 5; i += 1) expect([path, (await ask(path)).status]).toEqual([path, status]);
  }
  expect((await ask('/stats')).status).toBe(429);
  const socket = new WebSocket(gateway.cdp);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.close();
});
