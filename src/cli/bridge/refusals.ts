import { HubError, messageOf } from '../../shared/errors.ts';
import { CODE, isObject, type RpcError } from './messages.ts';
import { CallError } from './session.ts';

/** An HTTP answer that is no answer to the call, in the hub's own words where it has some. */
export function refused(status: number, words: string): CallError {
  const body = read(words);
  const { error, message, hint } = isObject(body) ? body : {};
  // JSON-RPC, as the MCP endpoint refuses.
  if (isObject(error) && typeof error.message === 'string') {
    const code = typeof error.code === 'number' ? error.code : CODE.server;
    return new CallError(error.message, { code, data: error.data });
  }
  // As all else of the hub refuses.
  if (typeof message === 'string') {
    const text = typeof hint === 'string' ? `${message} → ${hint}` : message;
    return new CallError(text, { data: { status, reason: error } });
  }
  return new CallError(`the hub answered with HTTP status ${status} → Is this the address of a cdp-hub?`, {
    data: { status },
  });
}

/** True for a refusal by a hub that is stopping or starting: it has not looked at the request. */
export function isPassing(status: number, words: string): boolean {
  const body = read(words);
  return status === 429 || (status === 503 && isObject(body) && body.error === 'DRAINING');
}

/** A call that went out and will never be answered. */
export function lost(why: string): CallError {
  return new CallError(
    `the hub went away while this call was under way, or was restarted (${why}): it may have taken effect, or not. ` +
      '→ It was not sent again. Look at the state of the page first (list_pages, take_snapshot), then call again ' +
      'what is still to do; the connection comes back by itself.',
    { data: { reason: 'HUB_LOST', mayHaveRun: true } },
  );
}

/** A call that was meant for the pages of a session that is no more. */
export function renewed(): CallError {
  return new CallError(
    'the hub no longer had this session (the hub was restarted, or the session had expired or was ended), and a new one was ' +
      'made. This call was not sent again: it was meant for what was there before. Nothing of it was done, and page ' +
      'numbers, uids and what was selected from before are void. → Call list_pages to see what there is, go to where you were ' +
      '(navigate_page), take a new snapshot, then call again what is still to do.',
    { data: { reason: 'SESSION_RENEWED', mayHaveRun: false } },
  );
}

export function unreachable(why: string): CallError {
  return new CallError(
    `the hub cannot be reached (${why}); this call was not sent → See whether it runs: cdp-hub status. ` +
      'Then call again: the connection comes back by itself.',
    { data: { reason: 'HUB_UNREACHABLE', mayHaveRun: false } },
  );
}

export function asRpcError(thrown: unknown): RpcError {
  if (thrown instanceof CallError) {
    const { code, message, data } = thrown;
    return { code, message, ...(data !== undefined && { data }) };
  }
  if (thrown instanceof HubError) {
    const { code, message, hint } = thrown;
    return { code: CODE.server, message: `${message} → ${hint}`, data: { reason: code } };
  }
  return { code: CODE.internal, message: `cdp-hub mcp: ${messageOf(thrown)}` };
}

function read(words: string): unknown {
  try {
    return JSON.parse(words);
  } catch {
    return null;
  }
}
