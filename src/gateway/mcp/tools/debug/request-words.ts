import { maskText } from '../../../../shared/secrets/mask-text.ts';
import { Secrets } from '../../../../shared/secrets/secrets.ts';
import { bytes } from '../../../../shared/text.ts';
import type { NetworkEntry } from '../../browser/network-entry.ts';

/** Characters of a URL in a list. */
const URL_CHARS = 255;

/** A request on one line; tokens in its URL are masked. */
export function requestLine(entry: NetworkEntry): string {
  const { id, method, type, size, from } = entry;
  const url = maskText(entry.url, new Secrets());
  const shown = url.length > URL_CHARS ? `${url.slice(0, URL_CHARS)}…` : url;
  const took = timeOf(entry);
  const more = [
    type,
    from === '' ? (size > 0 ? `${bytes(size)}B` : '') : from,
    took === null ? '' : `${took} ms`,
  ];
  return `reqid=${id} ${method} ${shown} [${stateOf(entry)}] ${more.filter(Boolean).join(', ')}`;
}

/** Its status, or why it has none. */
export function stateOf({ failed, status, socket }: NetworkEntry): string {
  // Of a script that the server refused its text is not even loaded.
  if (failed !== '' && status < 400) return status > 0 ? `${status}, then ${failed}` : `failed: ${failed}`;
  if (socket) return socket.open ? `${status || 'pending'}, open` : `${status || 'failed'}, closed`;
  return status > 0 ? String(status) : 'pending';
}

/** Milliseconds; null: it is still under way. */
export function timeOf({ began, ended }: NetworkEntry): number | null {
  return ended === null || began === 0 ? null : Math.max(0, Math.round((ended - began) * 1000));
}
