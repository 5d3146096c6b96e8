/** What a person sees who looks at a window of an agent: the tab in front. `name`: whose the pages are, or null. */
export function coverPage(name: string | null): string {
  const whose = name === null ? 'an agent' : `“${escaped(name)}”`;
  return `<!doctype html><meta charset="utf-8"><title>${escaped(coverTitle(name))}</title><style>
body{font:16px/1.5 system-ui,sans-serif;color-scheme:light dark;max-width:34em;margin:15vh auto;padding:0 1em}
</style><h1>cdp-hub</h1><p>The other tabs of this window are driven by <span id="whose">${whose}</span>. This one is in front
of them so that they can be clicked without raising the window and taking the focus from you.<p>Look at them as you like.
While one of them is in front, its clicks take the focus for a moment: show this tab again when you have seen enough.`;
}

/** An expression that gives a cover that is there another name. */
export function coverRenaming(name: string): string {
  return `document.title = ${JSON.stringify(coverTitle(name))}, document.getElementById('whose').textContent = ${JSON.stringify(`“${name}”`)}`;
}

function coverTitle(name: string | null): string {
  return `cdp-hub: ${name ?? 'agent'}`;
}

/** A client calls itself what it likes. */
function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
