import { type Context, Hono } from 'hono';
import { WORKSPACE_NAME } from '../../shared/isolation.ts';
import { type Refusal, refusalBody } from '../../shared/refusal.ts';
import { BAD_CLIENT_ID } from '../contract/identity.ts';
import { MAX_BODY, TOO_LARGE } from '../contract/refusal.ts';
import { within } from '../contract/within.ts';
import type { WorkspaceCall } from '../contract/workspace-call.ts';
import { type CallRequest, lateWords, readCall } from './command.ts';

/** What an answer of the browser looks like from here. */
interface Outcome {
  result?: object;
  error?: { code: number; message: string };
}

export interface ExecuteOptions {
  /** Resolves with a refusal when there is no browser to be had. */
  ready(): Promise<Refusal | null>;
  /** Who calls; a refusal where there may be no more of them, or the workspace named is another kind. */
  caller(c: Context): { execute(call: WorkspaceCall): Promise<Outcome> } | Refusal;
}

/** `POST /execute`: one CDP command over HTTP. */
export function executeRoute(options: ExecuteOptions): Hono {
  let lastId = 0;
  const app = new Hono();
  app.post('/execute', async (c) => {
    const text = await bodyText(c);
    if (text === null) return c.json(refusalBody(TOO_LARGE), TOO_LARGE.status);
    const name = c.req.header('x-client-id') ?? null;
    const read = readBody(text, name);
    if ('status' in read) return c.json(refusalBody(read), read.status);
    const unready = await options.ready();
    if (unready) return c.json(refusalBody(unready), unready.status);
    const caller = options.caller(c);
    if ('status' in caller) return c.json(refusalBody(caller), caller.status);
    lastId += 1;
    const { call, timeoutMs } = read;
    const outcome = await within(timeoutMs, caller.execute(call));
    if (outcome === null) return c.json(refusalBody(timedOut(call.method, timeoutMs)), 504);
    return c.json({
      id: read.id ?? lastId,
      result: outcome.result ?? null,
      error: outcome.error ?? null,
    });
  });
  return app;
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

function readBody(text: string, clientId: string | null): CallRequest | Refusal {
  if (clientId !== null && !WORKSPACE_NAME.test(clientId)) return BAD_CLIENT_ID;
  const read = readCall(text, text.length, 'the body');
  if (!('misread' in read)) return read;
  return { status: 422, error: 'UNPROCESSABLE', message: read.message, hint: read.hint };
}

function timedOut(method: string, ms: number): Refusal {
  return { status: 504, error: 'TIMEOUT', ...lateWords(method, ms) };
}
