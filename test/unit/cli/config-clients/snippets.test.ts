import { expect, it } from 'vitest';
import { connectSnippet } from '../../../../src/cli/config-clients/snippets.ts';

const HUB = 'http://127.0.0.1:9223';
const alice = { workspace: 'alice', isolation: 'context' } as const;
const VARIABLE = { from: 'variable' } as const;
const BEARER = '`Bearer $' + '{process.env.CDP_HUB_TOKEN}`';
const TEXT = { from: 'text', token: 'a+b' } as const;

it.each([
  [
    'puppeteer',
    [
      "connect({ browserURL: 'http://127.0.0.1:9223' });",
      "connect({ browserURL: 'http://127.0.0.1:9223/w/alice?isolation=context', headers: { Authorization: " +
        BEARER +
        ' } });',
      "headers: { Authorization: 'Bearer a+b' } });",
    ],
  ],
  [
    'playwright',
    [
      "connectOverCDP('http://127.0.0.1:9223');",
      "connectOverCDP('http://127.0.0.1:9223/w/alice?isolation=context', { headers: { Authorization: " +
        BEARER +
        ' } });',
      ", { headers: { Authorization: 'Bearer a+b' } });",
    ],
  ],
  [
    'chrome-devtools-mcp',
    [
      'npx chrome-devtools-mcp --browserUrl http://127.0.0.1:9223',
      'npx chrome-devtools-mcp --browserUrl "http://127.0.0.1:9223/w/alice?isolation=context&token=$CDP_HUB_TOKEN"',
      "npx chrome-devtools-mcp --browserUrl 'http://127.0.0.1:9223?token=a%2Bb'",
    ],
  ],
  [
    'playwright-mcp',
    [
      'npx @playwright/mcp --cdp-endpoint http://127.0.0.1:9223',
      'npx @playwright/mcp --cdp-endpoint "http://127.0.0.1:9223/w/alice?isolation=context&token=$CDP_HUB_TOKEN"',
      "npx @playwright/mcp --cdp-endpoint 'http://127.0.0.1:9223?token=a%2Bb'",
    ],
  ],
] as const)('%s is pointed at the hub', (name, [plain, asked, written]) => {
  expect(connectSnippet(name, HUB, {}, null)).toContain(plain);
  expect(connectSnippet(name, HUB, alice, VARIABLE)).toContain(asked);
  expect(connectSnippet(name, HUB, {}, TEXT)).toContain(written);
});

it('an address with a query is one word of the shell', () => {
  expect(connectSnippet('playwright-mcp', HUB, alice, null)).toContain(
    "'http://127.0.0.1:9223/w/alice?isolation=context'",
  );
});
