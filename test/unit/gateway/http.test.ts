import { expect, test } from 'vitest';
import { clientName, newClientId } from '../../../src/gateway/clients.ts';
import { refusedScheme } from '../../../src/gateway/contract/url-policy.ts';
import { methodLevel } from '../../../src/gateway/http/method-level.ts';
import { browserGone, CLOSE } from '../../../src/gateway/protocol/errors.ts';

test.each([
  ['Browser.getVersion', 'browser'],
  ['Target.getTargets', 'browser'],
  ['Storage.getCookies', 'browser'],
  ['Storage.getStorageKeyForFrame', 'tab'],
  ['Tracing.start', 'browser'],
  ['IO.read', 'browser'],
  ['Page.navigate', 'tab'],
  ['Runtime.evaluate', 'tab'],
  ['Network.getCookies', 'tab'],
  ['Nope', 'tab'],
])('%s speaks to the %s', (method, level) => {
  expect(methodLevel(method)).toBe(level);
});

test.each([
  'file:///etc/passwd',
  'FILE:/etc/passwd',
  ' \tfi\nle:///etc/passwd',
  'chrome://settings',
  'chrome-untrusted://x',
  'devtools://devtools/x',
  'view-source:http://a/',
  'edge://settings',
  'about:version',
  'javascript:alert(1)',
])('%j is not opened over HTTP', (url) => {
  expect(refusedScheme(url)).not.toBeNull();
});

test.each(['http://a/', 'https://a/?file:', 'about:blank', 'data:text/html,x', 'blob:http://a/1', 'no url'])(
  '%j is',
  (url) => {
    expect(refusedScheme(url)).toBeNull();
  },
);

test('names are one line, of a length that fits, and never empty', () => {
  expect(clientName(null, 'Playwright/1.65 (x64; debian 12)')).toBe('Playwright');
  expect(clientName(null, 'Puppeteer 25')).toBe('Puppeteer');
  expect(clientName('my\u001b[31m agent', 'x')).toBe('my agent');
  expect(clientName('x'.repeat(500), undefined)).toHaveLength(64);
  expect(clientName(null, undefined)).toBe('cdp');
  expect(clientName('', '')).toBe('cdp');
});

test('client ids are 128 random bits', () => {
  expect(newClientId('cdp')).toMatch(/^cdp-[0-9a-f]{32}$/);
  expect(newClientId('cdp')).not.toBe(newClientId('cdp'));
});

test('close reasons fit into a close frame', () => {
  const long = browserGone('ä'.repeat(200));
  for (const { reason } of [...Object.values(CLOSE), long]) {
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
    expect(reason).toMatch(/^cdp-hub: /);
  }
  expect(long.reason).not.toContain('\uFFFD');
});
