import { parentPort } from 'node:worker_threads';
import { peerPids } from './port-holder.ts';

// A worker thread's entry: one list of connections in, the list of their owners out.
parentPort?.on('message', (connections: Parameters<typeof peerPids>[0]) => {
  parentPort?.postMessage(peerPids(connections));
});
