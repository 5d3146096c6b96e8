import type { Context } from 'hono';
import { MAX_BODY } from '../contract/refusal.ts';

/** The body of a request as text; null where it is over {@link MAX_BODY}. A declared length was checked before; chunks are counted here. */
export async function bodyText(c: Context): Promise<string | null> {
  const { body } = c.req.raw;
  if (!body || c.req.header('transfer-encoding') === undefined) return c.req.text();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // What still comes is read and dropped: a peer that is sending would see a reset instead of the answer.
    if (size <= MAX_BODY) chunks.push(chunk);
  }
  return size > MAX_BODY ? null : Buffer.concat(chunks).toString();
}
