/**
 * Addresses that HTTP callers may not open: they reach files and the browser's own pages, which a caller
 * without a CDP client has no business with.
 */
const REFUSED = ['file', 'filesystem', 'devtools', 'view-source', 'javascript'];

/** `chrome:` and its kin: chrome-untrusted, edge, brave, comet … are all served as `<vendor>://`. */
const BROWSER_PAGES = /^(chrome|chrome-untrusted|chrome-search|edge|brave|comet|vivaldi|opera|chromium)$/;

/**
 * Of the browser's own pages those that concern nothing but themselves (Lighthouse goes by way of `terms`), and the
 * addresses that end their own page.
 */
const HARMLESS = /^(version|gpu|dino|terms|crash|kill|hang|shorthang|badcastcrash|memory-exhaust)$/;

/**
 * The browser's own page that a client in an isolated workspace may not open, as `chrome://inspect`: such pages show and
 * close everybody's tabs, or change the profile of the person at the browser. Null: it may be opened.
 */
export function refusedBrowserPage(url: string): string | null {
  const parsed = URL.parse(url);
  if (!parsed) return null;
  const scheme = parsed.protocol.slice(0, -1);
  if (scheme === 'view-source') return refusedBrowserPage(url.slice(url.indexOf(':') + 1));
  const name = scheme === 'about' ? parsed.pathname : parsed.hostname;
  const isPage = BROWSER_PAGES.test(scheme) || (scheme === 'about' && !/^(blank|srcdoc)$/.test(name));
  return isPage && !HARMLESS.test(name) ? `${scheme === 'about' ? 'chrome' : scheme}://${name}` : null;
}

/** The part of the address that makes it refused, or null where it may be opened. */
export function refusedScheme(url: string): string | null {
  // The URL parser drops tabs, newlines and leading controls wherever the browser's does.
  const parsed = URL.parse(url);
  if (!parsed) return null;
  const scheme = parsed.protocol.slice(0, -1);
  if (REFUSED.includes(scheme) || BROWSER_PAGES.test(scheme)) return `${scheme}:`;
  // The browser turns about:version and others into its own pages.
  if (scheme === 'about' && !/^(blank|srcdoc)$/.test(parsed.pathname)) return `about:${parsed.pathname}`;
  return null;
}
