/**
 * Which commands speak to the browser as a whole; every other one speaks to a tab. Domains and single
 * methods, as of the protocol of Chromium 156.
 */
const BROWSER_LEVEL: readonly string[] = [
  'Browser.*',
  'Extensions.*',
  'IO.*',
  'PWA.*',
  'Storage.*',
  'SystemInfo.*',
  'Target.*',
  'Tethering.*',
  'Tracing.*',
];

/** Methods of those domains that need a page all the same. */
const PAGE_LEVEL: readonly string[] = [
  'Storage.getStorageKey',
  'Storage.getStorageKeyForFrame',
  'Storage.getTrustTokens',
  'Storage.clearTrustTokens',
];

const DOMAINS = new Set(BROWSER_LEVEL.map((entry) => entry.replace(/\.\*$/, '')));
const PAGES = new Set(PAGE_LEVEL);

export function methodLevel(method: string): 'browser' | 'tab' {
  return DOMAINS.has(method.slice(0, method.indexOf('.'))) && !PAGES.has(method) ? 'browser' : 'tab';
}
