import { parentPort, workerData } from 'node:worker_threads';
import { peerPids } from '../shared/port-holder.ts';

// A worker thread's entry: a list of connections in, the list of their owners out, and it ends.
parentPort?.postMessage(peerPids(workerData as Parameters<typeof peerPids>[0]));
