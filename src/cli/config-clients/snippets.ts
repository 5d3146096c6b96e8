import { TOKEN_VARIABLE, type TokenUse, type Wishes } from './entries.ts';

/** Programs that speak CDP: how each is pointed at the hub. They have no file to write to. */
export const SNIPPET_NAMES = ['puppeteer', 'playwright', 'chrome-devtools-mcp', 'playwright-mcp'] as const;
export type SnippetName = (typeof SNIPPET_NAMES)[number];

/** Lines to paste; `gateway` is the hub's address, of the wishes the workspace and the isolation count. */
export function connectSnippet(name: SnippetName, gateway: string, wishes: Wishes, token: TokenUse): string {
  const url = address(gateway, wishes);
  const quoted = `'${url}'`;
  switch (name) {
    case 'puppeteer':
      return [
        importOf('puppeteer', 'puppeteer-core'),
        '',
        `const browser = await puppeteer.connect({ browserURL: ${quoted}${headersOf(token)} });`,
        'const page = await browser.newPage();',
      ].join('\n');
    case 'playwright':
      return [
        importOf('{ chromium }', 'playwright-core'),
        '',
        `const browser = await chromium.connectOverCDP(${quoted}${token ? `, {${headersOf(token).slice(1)} }` : ''});`,
        'const page = await browser.newPage();',
      ].join('\n');
    case 'chrome-devtools-mcp':
      return `npx chrome-devtools-mcp --browserUrl ${forShell(url, token)}`;
    case 'playwright-mcp':
      return `npx @playwright/mcp --cdp-endpoint ${forShell(url, token)}`;
    default:
      return name satisfies never;
  }
}

function importOf(what: string, from: string): string {
  return ['import', what, 'from', `'${from}';`].join(' ');
}

function address(gateway: string, { workspace, isolation }: Wishes): string {
  const path = workspace === undefined ? '' : `/w/${workspace}`;
  return `${gateway}${path}${isolation === undefined ? '' : `?isolation=${isolation}`}`;
}

function headersOf(token: TokenUse): string {
  if (!token) return '';
  const value =
    token.from === 'text' ? `'Bearer ${token.token}'` : `\`Bearer \${process.env.${TOKEN_VARIABLE}}\``;
  return `, headers: { Authorization: ${value} }`;
}

/** Both take the token in the address alone where they find the socket themselves. */
function forShell(url: string, token: TokenUse): string {
  if (!token) return url.includes('?') ? `'${url}'` : url;
  const query = `${url}${url.includes('?') ? '&' : '?'}token=`;
  return token.from === 'text'
    ? `'${query}${encodeURIComponent(token.token)}'`
    : `"${query}$${TOKEN_VARIABLE}"`;
}
