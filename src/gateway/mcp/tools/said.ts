import type { OpenDialog } from '../browser/dialogs.ts';
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
export function effectLines(effects: Effects): string[] {
  const { pageId, dialog, navigated, loading, opened, vanished, coming, refused, gone } = effects;
  const lines: string[] = [];
  if (navigated !== null)
    lines.push(`The page is now at ${navigated}${loading ? ' and still loading' : ''}.`);
  else if (loading) lines.push('The page is still loading.');
  if (dialog) lines.push(dialogLine(pageId, dialog));
  for (const tab of opened) {
    lines.push(`It opened page ${tab.id}: ${tab.url}. Call select_page to work on it.`);
    if (tab.dialog) lines.push(`On page ${tab.id}: ${dialogLine(tab.id, tab.dialog)}`);
  }
  if (vanished) lines.push('A page that it opened is gone again.');
  if (coming) lines.push('A page that it opened has no document yet: list_pages shows it once it has.');
  if (refused) lines.push(refusedLine(refused));
  if (gone) lines.push(gone === 'closed' ? 'The page has closed.' : 'The page has crashed.');
  return lines;
}

function refusedLine({ windows, begun }: NonNullable<Effects['refused']>): string {
  const [first = ''] = windows;
  const what =
    windows.length === 1
      ? `a window for ${first}, which did not open here`
      : `windows for ${windows.join(', ')}, of which ${begun} opened here`;
  return `It asked for ${what}: the browser may have blocked it. Call new_page for what you need.`;
}

export function dialogLine(pageId: number, dialog: OpenDialog): string {
  const type = dialog.type();
  const message = JSON.stringify(dialog.message().slice(0, 500));
  return `${/^[aeiou]/.test(type) ? 'An' : 'A'} ${type} dialog is open: ${message}. Call handle_dialog with pageId ${pageId}: the page waits for it.`;
}

/** The pages that wait for the answer to a dialog, but for one of them; empty where none does. */
export function otherDialogLines({ tabs }: SessionBrowser, but: Tab | null): string {
  return tabs
    .flatMap((tab) =>
      tab === but || !tab.dialog ? [] : [`On page ${tab.id}: ${dialogLine(tab.id, tab.dialog)}`],
    )
    .join('\n');
}

/** The first line, and what came of it. */
export function said(done: string, effects: Effects): string {
  return [done, ...effectLines(effects)].join('\n');
}
