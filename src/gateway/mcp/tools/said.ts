import type { Effects } from '../browser/effects.ts';
import type { SessionBrowser } from '../browser/session-browser.ts';
import type { Tab } from '../browser/tab.ts';

/** A page as lists show it. */
export function pageLine(tab: Tab, selected: boolean): string {
  const title =
    tab.title === '' || tab.title === tab.url ? '' : ` ${JSON.stringify(tab.title.slice(0, 100))}`;
  const dialog = tab.dialog ? ` [${tab.dialog.type()} dialog open]` : '';
  return `${tab.id}: ${tab.url}${title}${selected ? ' [selected]' : ''}${dialog}`;
}

export function pageLines(browser: SessionBrowser): string {
  return browser.tabs.map((tab) => pageLine(tab, tab.id === browser.selectedId)).join('\n');
}

/** The same, for programs. */
export function pageList(
  browser: SessionBrowser,
): { pageId: number; url: string; title: string; selected: boolean }[] {
  return browser.tabs.map((tab) => ({
    pageId: tab.id,
    url: tab.url,
    title: tab.title,
    selected: tab.id === browser.selectedId,
  }));
}

/** What a call has changed, a line each; nothing where it changed nothing. */
export function effectLines({ dialog, navigated, loading, opened }: Effects): string[] {
  const lines: string[] = [];
  if (navigated !== null)
    lines.push(`The page is now at ${navigated}${loading ? ' and still loading' : ''}.`);
  else if (loading) lines.push('The page is still loading.');
  if (dialog) lines.push(dialogLine(dialog.type(), dialog.message()));
  if (opened) lines.push(`It opened page ${opened.id}: ${opened.url}. Call select_page to work on it.`);
  return lines;
}

export function dialogLine(type: string, message: string): string {
  return `${/^[aeiou]/.test(type) ? 'An' : 'A'} ${type} dialog is open: ${JSON.stringify(message.slice(0, 500))}. Call handle_dialog: the page waits for it.`;
}

/** The first line, and what came of it. */
export function said(done: string, effects: Effects): string {
  return [done, ...effectLines(effects)].join('\n');
}
