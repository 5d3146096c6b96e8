import { z } from 'zod';
import { tooDeep } from '../contract/depth.ts';
import { refusedScheme } from '../contract/url-policy.ts';
import type { WorkspaceCall } from '../contract/workspace-call.ts';
import { methodLevel } from './method-level.ts';
import { firstIssue } from './shapes/api.ts';
import { ExecuteBody, TIMEOUT_MS } from './shapes/execute.ts';

/** As much of a command as decides where it leads. */
const Navigation = z.object({ method: z.string(), params: z.record(z.string(), z.unknown()).optional() });
type Navigation = z.infer<typeof Navigation>;

export type CallerId = string | number;

/** A command that was understood. */
export interface CallRequest {
  /** As the caller gave it. */
  id: CallerId | undefined;
  call: WorkspaceCall;
  timeoutMs: number;
}

/** Why a text is no command: no JSON, not of the shape, or one that callers may not send. */
export interface Misread {
  misread: 'json' | 'shape' | 'refused';
  /** The id that it had, if one could be found. */
  id: CallerId | undefined;
  message: string;
  hint: string;
}

const EXAMPLE = 'Send e.g. {"method":"Page.navigate","params":{"url":"https://example.com"}}';

/**
 * Reads a command of `bytes` bytes, and says where it goes: the caller's tab, the browser, or what it names. `what` is
 * what the text is called where it is none.
 */
export function readCall(text: string, bytes: number, what: string): CallRequest | Misread {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return misread('json', undefined, `${what} is no JSON: ${(error as Error).message}`, EXAMPLE);
  }
  const parsed = ExecuteBody.safeParse(value);
  if (!parsed.success) {
    return misread('shape', idOf(value), firstIssue(parsed.error.issues, what), EXAMPLE);
  }
  const { id, method, params, targetId, sessionId, timeoutMs = TIMEOUT_MS.default } = parsed.data;
  if (tooDeep(parsed.data)) {
    return misread('shape', id, 'params: nested too deeply', 'Chrome takes 300 levels at most.');
  }
  if (targetId !== undefined && sessionId !== undefined) {
    return misread('shape', id, 'targetId and sessionId are both given', 'Give one of them, or neither.');
  }
  const refused = refusedUrl(parsed.data);
  if (refused !== null) {
    return misread('refused', id, refused, 'Use an http(s) address, or connect a CDP client.');
  }
  return { id, call: { method, params, on: addressee(parsed.data), bytes }, timeoutMs };
}

function addressee({ method, targetId, sessionId }: ExecuteBody): WorkspaceCall['on'] {
  if (sessionId !== undefined) return { kind: 'session', id: sessionId };
  if (targetId !== undefined) return { kind: 'target', id: targetId };
  return { kind: methodLevel(method) };
}

function refusedUrl({ method, params }: Navigation, wraps = 0): string | null {
  // It carries a whole command as text; what the policy lets through is not wrapped deeper than this.
  if (method === 'Target.sendMessageToTarget' && typeof params?.message === 'string' && wraps < 10) {
    const inner = Navigation.safeParse(parsedJson(params.message));
    return inner.success ? refusedUrl(inner.data, wraps + 1) : null;
  }
  if (method !== 'Page.navigate' && method !== 'Target.createTarget') return null;
  const scheme = typeof params?.url === 'string' ? refusedScheme(params.url) : null;
  return scheme === null ? null : `${method}: ${scheme} addresses are not opened for callers of the HTTP API`;
}

/** Undefined for what is no JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function idOf(value: unknown): CallerId | undefined {
  const { id } = (typeof value === 'object' && value !== null ? value : {}) as { id?: unknown };
  return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : undefined;
}

function misread(kind: Misread['misread'], id: CallerId | undefined, message: string, hint: string): Misread {
  return { misread: kind, id, message, hint };
}

/** What a caller is told whose call was not answered in time. */
export function lateWords(method: string, ms: number): { message: string; hint: string } {
  return {
    message: `${method} was not answered within ${ms} ms`,
    hint: 'Give it longer with "timeoutMs", or see on the screen (`cdp-hub attach`) what the tab is waiting for.',
  };
}
