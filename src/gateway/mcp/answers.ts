import { type Refusal, refusalBody } from '../../shared/refusal.ts';

/** Thrown where a session cannot begin, or not go on; its caller is told the refusal. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** A refusal of the transport's own, as the SDK says them: JSON-RPC, which names no request. */
export function rpcError(
  status: number,
  code: number,
  message: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers });
}

/** A refusal in the hub's words. */
export function refused(refusal: Refusal): Response {
  const { status, headers = {} } = refusal;
  return Response.json(refusalBody(refusal), { status, headers });
}
