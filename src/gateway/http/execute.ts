import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import type { Refusal } from '../../shared/refusal.ts';
import { tooDeep } from '../contract/depth.ts';
import { refusedScheme } from '../contract/url-policy.ts';
import { within } from '../contract/within.ts';
import type { WorkspaceCall } from '../contract/workspace-call.ts';
import { jsonBody, unprocessable } from './body.ts';
import { methodLevel } from './method-level.ts';
import { document, routes } from './shapes/api.ts';
import { EXECUTE, ExecuteBody, TIMEOUT_MS } from './shapes/execute.ts';
import { refuse } from './shapes/refusal.ts';

/** As much of a command as decides where it leads. */
const Navigation = z.object({ method: z.string(), params: z.record(z.string(), z.unknown()).optional() });
type Navigation = z.infer<typeof Navigation>;

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
export function executeRoute(options: ExecuteOptions): OpenAPIHono {
  let lastId = 0;
  const app = routes();
  document(app, EXECUTE);
  app.post(EXECUTE.path, async (c) => {
    const read = await commandOf(c);
    if ('status' in read) return refuse(c, read);
    const unready = await options.ready();
    if (unready) return refuse(c, unready);
    const caller = options.caller(c);
    if ('status' in caller) return refuse(c, caller);
    lastId += 1;
    const { method, id = lastId, timeoutMs = TIMEOUT_MS.default } = read.value;
    const outcome = await within(timeoutMs, caller.execute(callOf(read.value, read.bytes)));
    if (outcome === null) return refuse(c, timedOut(method, timeoutMs));
    return c.json({ id, result: outcome.result ?? null, error: outcome.error ?? null });
  });
  return app;
}

/** The command, where it is one that is taken. */
async function commandOf(c: Context): Promise<{ value: ExecuteBody; bytes: number } | Refusal> {
  const read = await jsonBody(c, ExecuteBody, EXAMPLE);
  if ('status' in read) return read;
  const command = read.value;
  if (tooDeep(command)) {
    return unprocessable('params: nested too deeply', 'Chrome takes 300 levels at most.');
  }
  if (command.targetId !== undefined && command.sessionId !== undefined) {
    return unprocessable('targetId and sessionId are both given', 'Give one of them, or neither.');
  }
  return refuseUrl(command) ?? read;
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

function callOf(body: ExecuteBody, bytes: number): WorkspaceCall {
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
