import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Refusal, refusalBytes } from '../../shared/refusal.ts';
import type { ClientIdentity } from './observer.ts';
import { REQUEST_ID, requestIdOf } from './request-id.ts';

/** Answers an upgrade in Chrome's words and ends it; there is no response object at that point. */
export function refuseUpgrade(socket: Duplex, status: number, type: string, body: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID}: ${requestIdOf(socket)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export function refuseUpgradeAs(socket: Duplex, refusal: Refusal): void {
  socket.end(refusalBytes(refusal, true, { [REQUEST_ID]: requestIdOf(socket) }));
}

/** Largest body of a request, in bytes. */
export const MAX_BODY = 4 * 1024 * 1024;

export const TOO_LARGE: Refusal = {
  status: 413,
  error: 'BODY_TOO_LARGE',
  message: 'the body is over 4 MiB',
  hint: 'Send less at once; a CDP WebSocket takes messages of up to 32 MiB.',
};

export const DRAINING: Refusal = {
  status: 503,
  error: 'DRAINING',
  message: 'the hub is stopping and takes nothing new',
  hint: 'Start it again with `cdp-hub up`, or wait until it is back.',
};

export function noBrowser(reason: string): Refusal {
  return {
    status: 503,
    error: 'NO_BROWSER',
    message: `no browser is connected: ${reason}`,
    hint: 'Try again in a moment; `cdp-hub status` shows what the hub is doing about it.',
  };
}

/** A plain GET of `/ws`. */
export const UPGRADE_REQUIRED: Refusal = {
  status: 426,
  error: 'UPGRADE_REQUIRED',
  message: 'there is only a WebSocket here, and the request asks for none',
  hint: 'Connect a WebSocket client, e.g. npx wscat -c ws://ADDRESS:PORT/ws; or send one command with POST /execute.',
  headers: { upgrade: 'websocket', connection: 'upgrade' },
};

export const HUNG: Refusal = {
  status: 504,
  error: 'TIMEOUT',
  message: 'the browser does not answer',
  hint: '`cdp-hub status` shows its state; `cdp-hub restart browser` starts it anew.',
};

/** A call of a caller that is paused, which waited for as long as it could. */
export function paused(method: string, ms: number, { id, name }: ClientIdentity): Refusal {
  return {
    status: 504,
    error: 'TIMEOUT',
    message: `${method} was not answered within ${ms} ms: its client ${name === id ? name : `${name} (${id})`} is paused`,
    hint: `Resume it with \`cdp-hub resume ${id}\`, and send the call again.`,
  };
}

export const TOO_MANY_CLIENTS: Refusal = {
  status: 503,
  error: 'TOO_MANY_CLIENTS',
  message: 'the hub serves as many clients as it can',
  hint: 'End some of them: `cdp-hub status` lists them, and the screen ends one with x.',
};

export const TOO_MANY_WORKSPACES: Refusal = {
  status: 503,
  error: 'TOO_MANY_WORKSPACES',
  message: 'the hub has as many workspaces as it can',
  hint: 'Use a name that is there already, or end a client: all of them are in use, and one that is not makes room.',
};

export function originRefused(origin: string): Refusal {
  return {
    status: 403,
    error: 'ORIGIN_REFUSED',
    message: `pages of ${origin.slice(0, 200)} may not use this hub`,
    hint: `Call it from a program, which sends no Origin, or start the hub with --cors-origin ${origin === 'null' ? 'ORIGIN' : origin.slice(0, 200)}`,
  };
}
