import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { StreamEvent } from '../../../src/shared/program-events.ts';
import { RawClient } from '../../browser/gateway/raw-client.ts';
import { until } from '../../helpers/hub.ts';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { CONTROL_TOKEN, GatewayProcess } from './gateway-process.ts';

const gateway = await gatewayOn(await FakeChrome.start());

interface Heard {
  id: string;
  event: StreamEvent;
}

/** A reader of `/api/v2/events`. */
class Reader implements AsyncDisposable {
  readonly heard: Heard[] = [];
  readonly done: Promise<void>;
  readonly #abort = new AbortController();

  private constructor(answer: Response, abort: AbortController) {
    this.#abort = abort;
    this.done = this.#read(answer).catch(() => {});
  }

  static async open(url: string, query = '', from?: string): Promise<Reader> {
    const abort = new AbortController();
    const answer = await fetch(`${url}/api/v2/events${query}`, { ...withToken(from), signal: abort.signal });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    return new Reader(answer, abort);
  }

  async #read(answer: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) {
      const blocks = (text + decoder.decode(bytes, { stream: true })).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const {
          event,
          id = '',
          data = '',
        } = Object.fromEntries(
          block
            .split('\n')
            .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        if (event !== undefined) this.heard.push({ id, event: StreamEvent.parse(JSON.parse(data)) });
      }
    }
  }

  get types(): string[] {
    return this.heard.map(({ event }) => event.type);
  }

  get methods(): string[] {
    return this.heard.flatMap(({ event }) =>
      event.type === 'traffic' ? event.batch.frames.map(({ dir, method }) => `${dir} ${method}`) : [],
    );
  }

  async until(type: string): Promise<Heard> {
    await until(type, () => this.types.includes(type));
    const found = this.heard.find(({ event }) => event.type === type);
    if (!found) throw new Error(type);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.done;
  }
}

function withToken(from?: string) {
  const authorization = `Bearer ${CONTROL_TOKEN}`;
  return { headers: { authorization, ...(from !== undefined && { 'last-event-id': from }) } };
}

test('clients that come and go are told, and what the supervisor passes on', async () => {
  await using reader = await Reader.open(gateway.url);
  expect((await reader.until('start')).event).toMatchObject({ run: expect.stringMatching(/^\w{8}$/) });
  const client = await RawClient.connect(`${gateway.cdp}?client=alice`);
  expect((await reader.until('client.joined')).event).toMatchObject({ client: { name: 'alice' } });
  await client[Symbol.asyncDispose]();
  expect((await reader.until('client.left')).event).toMatchObject({ client: { connected: false } });
  const said = {
    level: 'warn',
    source: 'hub',
    message: 'see https://a.example/?token=abcdef123456',
  } as const;
  gateway.send({ type: 'event', event: { type: 'log', at: 1, ...said } });
  expect((await reader.until('log')).event).toMatchObject({
    message: 'see https://a.example/?token=[masked]',
  });
  expect(reader.types).not.toContain('traffic');
});

test('a stream goes on from the id that was heard last, its traffic too', async () => {
  await using client = await RawClient.connect(gateway.cdp);
  const first = await Reader.open(gateway.url, '?traffic=1&filter=domain:Target');
  await first.until('start');
  await client.call('Browser.getVersion');
  await client.call('Target.getTargets');
  await until('rows', () => first.methods.length === 2);
  expect(first.methods).toEqual(['command Target.getTargets', 'answer Target.getTargets']);
  await first[Symbol.asyncDispose]();
  const last = first.heard.at(-1)?.id ?? '';
  await client.call('Target.getTargetInfo');
  gateway.send({ type: 'event', event: { type: 'answered', question: 4, yes: true } });
  await using second = await Reader.open(gateway.url, '?traffic=1&filter=domain:Target', last);
  await until('rows', () => second.methods.length === 2);
  await second.until('answered');
  expect(second.methods).toEqual(['command Target.getTargetInfo', 'answer Target.getTargetInfo']);
  expect(second.types).not.toContain('gap');
});

test('text: finds messages by what is in them, from the watch on', async () => {
  await using client = await RawClient.connect(gateway.cdp);
  await client.call('Target.setDiscoverTargets', { note: 'needle' });
  await using reader = await Reader.open(gateway.url, '?traffic=1&filter=text:needle+|+text:Fake/1');
  await reader.until('start');
  await client.call('Target.getTargets');
  await client.call('Target.getTargetInfo', { note: 'needle' });
  await client.call('Browser.getVersion');
  await until('rows', () => reader.methods.length === 2);
  expect(reader.methods).toEqual(['command Target.getTargetInfo', 'answer Browser.getVersion']);
});

test.each(['00000000-3-9', 'nonsense', '1'])(
  'an id of another life of the gateway is a gap: %s',
  async (id) => {
    await using reader = await Reader.open(gateway.url, '', id);
    expect((await reader.until('gap')).event).toMatchObject({
      reason: expect.stringContaining('another run'),
    });
    expect(reader.types[0]).toBe('start');
  },
);

test('a filter that cannot be read is 400, in the words of its parser; a HEAD is no stream', async () => {
  const answer = await fetch(`${gateway.url}/api/v2/events?traffic=1&filter=ms:slow`, withToken());
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({
    error: 'BAD_REQUEST',
    message: expect.stringMatching(/^the filter cannot be read at column \d+: /),
    hint: expect.any(String),
  });
  expect((await fetch(`${gateway.url}/api/v2/events?traffic=2`, withToken())).status).toBe(422);
  expect((await fetch(`${gateway.url}/api/v2/events`)).status).toBe(401);
  expect((await fetch(`${gateway.url}/api/v2/events`, { method: 'HEAD', ...withToken() })).status).toBe(200);
});

test('whoever does not read is let go', async () => {
  const asked = request(`${gateway.url}/api/v2/events`, withToken());
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  await using reader = await Reader.open(gateway.url);
  await reader.until('start');
  const message = 'x'.repeat(1e6);
  for (let n = 0; n < 40; n += 1) {
    gateway.send({ type: 'event', event: { type: 'log', at: n, level: 'info', source: 'hub', message } });
  }
  // One who reads hears all of it.
  await until('all of it', () => reader.types.filter((type) => type === 'log').length === 40);
  let text = '';
  answer.on('data', (bytes) => {
    text += bytes;
  });
  answer.on('error', () => {});
  await new Promise((resolve) => answer.once('close', resolve));
  expect(text.split('event: log').length - 1).toBeLessThan(40);
});

test('there are 64 of them at most, and those that are gone count no more', async () => {
  await using chrome = await FakeChrome.start();
  await using own = await GatewayProcess.start(chrome.endpoint);
  const readers = await Promise.all(Array.from({ length: 64 }, () => Reader.open(own.url)));
  const over = await fetch(`${own.url}/api/v2/events`, withToken());
  expect([over.status, over.headers.get('retry-after')]).toEqual([429, '5']);
  await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()));
  await until('room again', async () => {
    const answer = await fetch(`${own.url}/api/v2/events`, withToken());
    await answer.body?.cancel();
    return answer.status === 200;
  });
});

test('it ends with the gateway, and says so', async () => {
  await using chrome = await FakeChrome.start();
  await using own = await GatewayProcess.start(chrome.endpoint);
  await using reader = await Reader.open(own.url);
  await reader.until('start');
  own.send({ type: 'drain', ms: 1000 });
  expect((await reader.until('end')).event).toMatchObject({ reason: 'the hub is stopping' });
  await reader.done;
  expect((await own.exited)[0]).toBe(0);
});
