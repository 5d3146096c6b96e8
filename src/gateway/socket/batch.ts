import type { Duplex } from 'node:stream';

/** Those that something was written to in this turn of the event loop. */
let corked = new Set<Duplex>();

function flush(): void {
  const sockets = corked;
  corked = new Set();
  for (const socket of sockets) socket.uncork();
}

/** To be called before a socket is destroyed: what was written to it in this turn still goes out. */
export function flushNow(socket: Duplex): void {
  if (corked.delete(socket)) socket.uncork();
}

/**
 * To be called before a write: all that is written to a socket in one turn of the event loop goes out in one system
 * call, which costs more than all else that is done for a message. The turn's end is when everything that had come in
 * is served: nobody waits.
 */
export function batch(socket: Duplex): void {
  if (corked.has(socket)) return;
  if (corked.size === 0) setImmediate(flush);
  corked.add(socket);
  socket.cork();
}
