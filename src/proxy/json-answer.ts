/** The browser's address as it stands in its answers, and the one that the caller used and can reach. */
export interface Rename {
  target: string;
  caller: string;
}

/** Longest /json answer that is collected to be rewritten, in bytes; longer ones pass as they are. */
export const MAX_COLLECTED = 8 * 1024 * 1024;

/** True for the paths whose answers name the browser's address, in origin form or in absolute form. */
export function namesBrowser(path: string): boolean {
  return /^(?:https?:\/\/[^/?#]*)?\/json(?:[/?]|$)/i.test(path);
}

/**
 * A /json answer with `ws://TARGET/` and `ws=TARGET/` in its two URL fields naming the caller's address. Chrome
 * echoes the Host header there, which was rewritten. Only the fields' own keys match: a quote inside a page's
 * title is escaped, so a title cannot pose as one. Bytes in, bytes out: no other byte changes.
 */
export function renameBrowser(body: Buffer, { target, caller }: Rename): Buffer {
  const text = body.toString('latin1');
  const name = target.replace(/[.[\]]/g, '\\$&');
  const urls = new RegExp(
    `("webSocketDebuggerUrl":\\s*"wss?://|"devtoolsFrontendUrl(?:Compat)?":\\s*"[^"]*[?&]wss?=)${name}(?=/)`,
    'g',
  );
  return Buffer.from(
    text.replace(urls, (_match, before: string) => before + caller),
    'latin1',
  );
}
