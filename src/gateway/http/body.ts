import type { Context } from 'hono';
import type { ZodType } from 'zod';
import type { Refusal } from '../../shared/refusal.ts';
import { MAX_BODY, TOO_LARGE } from '../contract/refusal.ts';
import { misfit } from './shapes/api.ts';

/**
 * The body of a request as its schema has it: 413 over {@link MAX_BODY}, 422 with `hint` where it is no JSON or does not
 * fit. `bytes` is its length in characters of text.
 */
export async function jsonBody<Value>(
  c: Context,
  schema: ZodType<Value>,
  hint: string,
): Promise<{ value: Value; bytes: number } | Refusal> {
  const text = await bodyText(c);
  if (text === null) return TOO_LARGE;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unprocessable(`the body is no JSON: ${(error as Error).message}`, hint);
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? { value: parsed.data, bytes: text.length } : misfit(parsed.error.issues, hint);
}

export function unprocessable(message: string, hint: string): Refusal {
  return { status: 422, error: 'UNPROCESSABLE', message, hint };
}

/** Null where it is over {@link MAX_BODY}. A declared length was checked before; chunks are counted here. */
async function bodyText(c: Context): Promise<string | null> {
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
