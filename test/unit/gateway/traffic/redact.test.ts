import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { maskMessage } from '../../../../src/gateway/traffic/redact.ts';
import { maskText } from '../../../../src/shared/secrets/mask-text.ts';
import { Secrets } from '../../../../src/shared/secrets/secrets.ts';
import { recording } from './recording.ts';

const canary = () => `c4n4ry${randomBytes(12).toString('hex')}`;

/** The message as it may leave, and again a message that repeats the secret elsewhere. */
function leaving(method: string, message: Record<string, unknown>) {
  const secrets = new Secrets();
  return { text: JSON.stringify(maskMessage(method, message, secrets)), secrets };
}

describe('a secret is masked where it stands, and wherever it recurs', () => {
  test.each<[string, string, (secret: string) => Record<string, unknown>]>([
    [
      'Network.setExtraHTTPHeaders',
      'headers',
      (s) => ({ params: { headers: { Authorization: `Bearer ${s}` } } }),
    ],
    ['Network.setExtraHTTPHeaders', 'cookies', (s) => ({ params: { headers: { cookie: `a=1; sid=${s}` } } })],
    ['Network.setExtraHTTPHeaders', 'proxy', (s) => ({ params: { headers: { 'Proxy-Authorization': s } } })],
    [
      'Fetch.continueRequest',
      'pairs',
      (s) => ({ params: { headers: [{ value: `sid=${s}; Path=/`, name: 'Set-Cookie' }] } }),
    ],
    ['Fetch.continueWithAuth', 'password', (s) => ({ params: { authChallengeResponse: { password: s } } })],
    ['Network.setCookie', 'value', (s) => ({ params: { name: 'sid', value: s } })],
    ['Network.setCookies', 'values', (s) => ({ params: { cookies: [{ name: 'sid', value: s }] } })],
    [
      'Network.getCookies',
      'result',
      (s) => ({ result: { cookies: [{ name: 'sid', value: s, path: '/' }] } }),
    ],
    ['Storage.getCookies', 'result', (s) => ({ result: { cookies: [{ name: 'sid', value: s }] } })],
    [
      'Network.requestWillBeSentExtraInfo',
      'associated',
      (s) => ({ params: { associatedCookies: [{ cookie: { name: 'sid', value: s }, blockedReasons: [] }] } }),
    ],
    [
      'Network.responseReceivedExtraInfo',
      'block',
      (s) => ({ params: { headersText: `HTTP/1.1 200 OK\r\nSet-Cookie: sid=${s}; Secure\r\n\r\n` } }),
    ],
    [
      'Network.responseReceivedExtraInfo',
      'line',
      (s) => ({ params: { blockedCookies: [{ cookieLine: `sid=${s}; HttpOnly` }] } }),
    ],
    ['Page.navigate', 'query', (s) => ({ params: { url: `https://example.com/?a=1&access_token=${s}#x` } })],
    ['Page.navigate', 'fragment', (s) => ({ params: { url: `https://example.com/#id_token=${s}` } })],
    ['Page.navigate', 'user', (s) => ({ params: { url: `https://user:${s}@example.com/` } })],
    [
      'Page.navigate',
      'nested',
      (s) => ({
        params: { url: `https://a.example/?next=https%3A%2F%2Fb.example%2F%3Ftoken%3D${s}%26b%3D1` },
      }),
    ],
    [
      'Network.requestWillBeSent',
      'form',
      (s) => ({ params: { request: { postData: `user=a&password=${s}` } } }),
    ],
    [
      'Network.requestWillBeSent',
      'json',
      (s) => ({ params: { request: { postData: `{"api_key": "${s}"}` } } }),
    ],
    [
      'Log.entryAdded',
      'text',
      (s) => ({ params: { entry: { text: `curl -H 'Authorization: Bearer ${s}'` } } }),
    ],
  ])('%s, %s', (method, _, message) => {
    const secret = canary();
    const { text, secrets } = leaving(method, message(secret));
    expect(text).not.toContain(secret);
    expect(text).toContain('[masked]');
    const again = { params: { args: [{ value: `it was ${secret}!` }] } };
    expect(JSON.stringify(maskMessage('Runtime.consoleAPICalled', again, secrets))).not.toContain(secret);
  });
});

test.each<[string, (secret: string) => Record<string, unknown>]>([
  ['Input.insertText', (s) => ({ params: { text: s } })],
  [
    'Input.dispatchKeyEvent',
    (s) => ({ params: { type: 'char', text: s, unmodifiedText: s, key: s, code: s } }),
  ],
  ['Input.imeSetComposition', (s) => ({ params: { text: s, selectionStart: 0 } })],
  ['Page.handleJavaScriptDialog', (s) => ({ params: { accept: true, promptText: s } })],
  ['Runtime.evaluate', (s) => ({ params: { expression: `fill('${s}')` } })],
  ['Runtime.evaluate', (s) => ({ result: { result: { type: 'string', value: s } } })],
  [
    'Runtime.callFunctionOn',
    (s) => ({ params: { functionDeclaration: `() => '${s}'`, arguments: [{ value: s }] } }),
  ],
  ['Runtime.callFunctionOn', (s) => ({ result: { exceptionDetails: { text: s } } })],
  ['Target.sendMessageToTarget', (s) => ({ params: { message: `{"params":{"expression":"${s}"}}` } })],
])('what is typed and evaluated is masked and not remembered: %s', (method, message) => {
  const secret = canary();
  const { text, secrets } = leaving(method, { id: 1, ...message(secret) });
  expect(text).not.toContain(secret);
  expect(secrets.size).toBe(0);
});

test('all else stays as it is', () => {
  const message = {
    id: 7,
    sessionId: 'S',
    params: { url: 'https://example.com/a?page=2&sort=asc', key: 1, list: [true, null, { deep: 'text' }] },
  };
  expect(maskMessage('Page.navigate', message, new Secrets())).toEqual(message);
});

test('secrets that are remembered are bounded; short words are none', () => {
  const secrets = new Secrets();
  for (const word of ['1', 'on', 'true', 'text/html', 'document']) secrets.learn(word);
  expect(secrets.size).toBe(0);
  const all = Array.from({ length: 300 }, canary);
  for (const secret of all) secrets.learn(secret);
  expect(secrets.size).toBe(256);
  expect(secrets.mask(all.at(-1) ?? '')).toBe('[masked]');
  const long = `k3y${'x'.repeat(5000)}`;
  secrets.learn(long);
  expect(secrets.mask(`<${long}>; ${long}.`)).not.toContain('xx');
});

test('a long text takes no longer than its length', () => {
  for (const text of [
    'a-'.repeat(1e5),
    '://'.repeat(1e5),
    'a="'.repeat(1e5),
    '%3Fa%3D'.repeat(1e5),
    '"a":'.repeat(1e5),
  ]) {
    const from = process.cpuUsage();
    maskText(text, new Secrets());
    expect(process.cpuUsage(from).user / 1000).toBeLessThan(1000);
  }
});

test('rows never hold a secret, whatever field it comes in by', () => {
  let url = '';
  const { recorder, open, close, event } = recording({ urlOf: () => url });
  const [token, cookie, header, typed, parsed] = [canary(), canary(), canary(), canary(), canary()];
  url = `https://user:${canary()}@example.com/?token=${token}`;
  const secrets = [token, cookie, header, typed, parsed, url.slice(13, 13 + token.length)];
  open('Page.navigate', { params: { url: `https://example.com/?api_key=${token}` } });
  open('Network.setCookie', { params: { name: 'a', value: cookie } });
  open('Network.setExtraHTTPHeaders', { params: { headers: { Authorization: `Bearer ${header}` } } });
  open('Input.insertText', { params: { text: typed } });
  open(`No.such/${cookie}`);
  open(`Page.reload?token=${canary()}`);
  close(open('A.b'), 'error', {
    error: { code: -32000, message: `cookie ${cookie} is refused, ${header} too` },
  });
  close(open('(malformed)'), 'error', {
    error: { code: -32700, message: `JSON: Unexpected token in ${parsed}` },
  });
  event('Page.frameNavigated');
  const told = JSON.stringify(recorder.backfill(100));
  for (const secret of secrets) expect(told).not.toContain(secret);
  expect(told).not.toMatch(/c4n4ry/);
  expect(told).toContain('https://[masked]@example.com/?token=[masked]');
});

test('a body that was cut is masked as well, and shows nothing of what was cut through', () => {
  const { recorder, open, watch } = recording();
  watch({ bodies: true });
  const secret = canary();
  const params = { headers: { Cookie: `sid=${secret}` }, filler: `${'x'.repeat(300_000)}` };
  open('A.b', { params, bytes: 300_100 });
  const { command } = recorder.body('exchange', 1, false);
  expect(command).toMatchObject({ cut: true, bytes: 300_100 });
  expect(JSON.parse(command?.text ?? '')).toEqual({
    id: 1,
    method: 'A.b',
    params: { headers: { Cookie: '[masked]' } },
  });
  expect(recorder.body('exchange', 1, true).command?.text).toContain(secret);
});
