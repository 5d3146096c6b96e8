import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { WORKSPACE_NAME } from '../../shared/isolation.ts';
import { type Refusal, refusalBody } from '../../shared/refusal.ts';
import { tooDeep } from '../contract/depth.ts';
import { BAD_CLIENT_ID } from '../contract/identity.ts';
import type { ClientIdentity } from '../contract/observer.ts';
import { MAX_BODY, paused, TOO_LARGE } from '../contract/refusal.ts';
import { refusedScheme } from '../contract/url-policy.ts';
import { within } from '../contract/within.ts';
import type { WorkspaceCall } from '../contract/workspace-call.ts';
import { methodLevel } from './method-level.ts';

const DEFAULT_TIMEOUT = 30_000;
const MAX_TIMEOUT = 600_000;

const Body = z.strictObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().min(1).max(200),
  params: z.record(z.string(), z.unknown()).optional(),
  targetId: z.string().min(1).optional(),
  sessionId: z.string().min(1).optional(),
  timeoutMs: z.number().int().min(1).max(MAX_TIMEOUT).optional(),
});

/** As much of a command as decides where it leads. */
const Navigation = z.object({ method: z.string(), params: z.record(z.string(), z.unknown()).optional() });
type Navigation = z.infer<typeof Navigation>;

/** What an answer of the browser looks like from here. */
interface Outcome {
  result?: object;
  error?: { code: number; message: string };
}

interface Caller {
  readonly identity: ClientIdentity;
  readonly paused: boolean;
  execute(call: WorkspaceCall): Promise<Outcome>;
}

export interface ExecuteOptions {
  /** Resolves with a refusal when there is no browser to be had. */
  ready(): Promise<Refusal | null>;
  /** Who calls; a refusal where there may be no more of them, or the workspace named is another kind. */
  caller(c: Context): Caller | Refusal;
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
    const timeoutMs = read.timeoutMs ?? DEFAULT_TIMEOUT;
    const givenUp = new AbortController();
    const call = { ...callOf(read, text.length), signal: givenUp.signal };
    const outcome = await within(timeoutMs, caller.execute(call));
    if (outcome === null) {
      givenUp.abort();
      const refusal = caller.paused
        ? paused(read.method, timeoutMs, caller.identity)
        : timedOut(read.method, timeoutMs);
      return c.json(refusalBody(refusal), refusal.status);
    }
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

function readBody(text: string, clientId: string | null): z.infer<typeof Body> | Refusal {
  if (clientId !== null && !WORKSPACE_NAME.test(clientId)) {
    return BAD_CLIENT_ID;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unprocessable(`the body is no JSON: ${(error as Error).message}`, EXAMPLE);
  }
  const parsed = Body.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the body';
    return unprocessable(`${where}: ${issue?.message ?? 'does not fit'}`, EXAMPLE);
  }
  if (tooDeep(parsed.data))
    return unprocessable('params: nested too deeply', 'Chrome takes 300 levels at most.');
  if (parsed.data.targetId !== undefined && parsed.data.sessionId !== undefined) {
    return unprocessable('targetId and sessionId are both given', 'Give one of them, or neither.');
  }
  return refuseUrl(parsed.data) ?? parsed.data;
}

const EXAMPLE = 'Send e.g. {"method":"Page.navigate","params":{"url":"https://example.com"}}';

function refuseUrl({ method, params }: Navigation, wraps = 0): Refusal | null {
  // It carries a whole command as text; what the policy lets through is not wrapped deeper than this.
  if (method === 'Target.sendMessageToTarget' && typeof params?.message === 'string' && wraps < 10) {
    const inner = Navigation.safeParse(parsed(params.message));
    return inner.success ? refuseUrl(inner.data, wraps + 1) : null;
  }
  if (method !== 'Page.navigate' && method !== 'Target.createTarget') return null;
  const scheme = typeof params?.url === 'string' ? refusedScheme(params.url) : null;
  if (scheme === null) return null;
  return unprocessable(
    `${method}: ${scheme} addresses are not opened over HTTP`,
    'Use an http(s) address, or connect a CDP client.',
  );
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function callOf(body: z.infer<typeof Body>, bytes: number): WorkspaceCall {
  const { method, params, targetId, sessionId } = body;
  const on: WorkspaceCall['on'] =
    sessionId !== undefined
      ? { kind: 'session', id: sessionId }
      : targetId !== undefined
        ? { kind: 'target', id: targetId }
        : { kind: methodLevel(method) };
  return { method, params, on, bytes };
}

function timedOut(method: string, ms: number): Refusal {
  return {
    status: 504,
    error: 'TIMEOUT',
    message: `${method} was not answered within ${ms} ms`,
    hint: 'Give it longer with "timeoutMs", or see on the screen (`cdp-hub attach`) what the tab is waiting for.',
  };
}

function unprocessable(message: string, hint: string): Refusal {
  return { status: 422, error: 'UNPROCESSABLE', message, hint };
}
