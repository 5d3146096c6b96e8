import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Refusal } from '../../shared/refusal.ts';
import type { ClientIdentity } from '../contract/observer.ts';
import { paused, TOO_LARGE, UPGRADE_REQUIRED } from '../contract/refusal.ts';
import { within } from '../contract/within.ts';
import type { WorkspaceCall } from '../contract/workspace-call.ts';
import { bodyText } from './body.ts';
import { lateWords, readCall } from './command.ts';
import { document, routes } from './shapes/api.ts';
import { CALLS, EXECUTE } from './shapes/execute.ts';
import { refuse } from './shapes/refusal.ts';

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

/** `POST /execute`: one CDP command over HTTP; and what `/ws` says to whoever asks for no WebSocket. */
export function executeRoute(options: ExecuteOptions): OpenAPIHono {
  let lastId = 0;
  const app = routes();
  document(app, EXECUTE, CALLS);
  app.get(CALLS.path, (c) => refuse(c, UPGRADE_REQUIRED));
  app.post(EXECUTE.path, async (c) => {
    const text = await bodyText(c);
    if (text === null) return refuse(c, TOO_LARGE);
    const read = readCall(text, text.length, 'the body');
    if ('misread' in read) return refuse(c, unprocessable(read));
    const unready = await options.ready();
    if (unready) return refuse(c, unready);
    const caller = options.caller(c);
    if ('status' in caller) return refuse(c, caller);
    lastId += 1;
    const { call, timeoutMs, id = lastId } = read;
    const givenUp = new AbortController();
    const outcome = await within(timeoutMs, caller.execute({ ...call, signal: givenUp.signal }));
    if (outcome === null) {
      givenUp.abort();
      return refuse(
        c,
        caller.paused ? paused(call.method, timeoutMs, caller.identity) : timedOut(call.method, timeoutMs),
      );
    }
    return c.json({ id, result: outcome.result ?? null, error: outcome.error ?? null });
  });
  return app;
}

function unprocessable({ message, hint }: { message: string; hint: string }): Refusal {
  return { status: 422, error: 'UNPROCESSABLE', message, hint };
}

function timedOut(method: string, ms: number): Refusal {
  return { status: 504, error: 'TIMEOUT', ...lateWords(method, ms) };
}
