import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execaNode } from 'execa';
import type { z } from 'zod';
import { HubError } from '../shared/errors.ts';
import { oneLine } from '../shared/text.ts';
import type { Exit, Running } from './service.ts';

/** Lines of stderr that are kept for the screen. */
const TAIL = 20;

/** A Node process of ours with its IPC channel: the gateway or the forwarder. */
export interface Child<Out> {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  send(message: Out): void;
  /** Asks it to drain, and kills it `graceMs` + 1 s later. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

export interface ChildOptions<In> {
  /** The part's folder under src: `gateway` runs gateway/main. */
  part: 'gateway' | 'proxy';
  /** Flags of Node for this part, e.g. for its heap. */
  nodeOptions?: string[];
  schema: z.ZodType<In>;
  onMessage(message: In): void;
  /** One line of what it wrote to stdout or stderr, sanitised. */
  onOutput(line: string): void;
}

/**
 * Starts a part by path: the supervisor never imports it. Its working directory is the root, so that a hub
 * never keeps a folder busy that somebody wants to delete; its stdin is closed and its output goes to the log.
 */
export function startChild<In, Out extends { type: string }>(options: ChildOptions<In>): Child<Out> {
  const subprocess = execaNode(partPath(options.part), {
    ipc: true,
    buffer: false,
    reject: false,
    stdin: 'ignore',
    cwd: '/',
    env: { NODE_ENV: 'production' },
    nodeOptions: options.nodeOptions ?? [],
    // A supervisor that is killed cannot clean up: the child's own `disconnect` handler is what ends it.
    cleanup: true,
  });
  const { nodeChildProcess: node } = subprocess;
  const lines: string[] = [];
  const keep = (raw: string) => {
    const line = oneLine(raw);
    lines.push(line);
    if (lines.length > TAIL) lines.shift();
    options.onOutput(line);
  };
  for (const stream of [node.stdout, node.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', keep);
  }
  node.on('message', (raw) => options.onMessage(options.schema.parse(raw)));
  const exited = subprocess.then(
    (result): Exit => ({ code: result.exitCode ?? null, signal: result.signal ?? null, lines }),
  );
  const send = (message: Out | Drain) => {
    // The channel of a child that dies in this moment fails the send: its exit is what counts then.
    if (node.connected) node.send(message, undefined, undefined, () => {});
  };

  return {
    pid: subprocess.pid ?? -1,
    exited,
    send,
    stop: async (graceMs) => {
      send({ type: 'drain', ms: graceMs });
      const timer = setTimeout(() => subprocess.kill('SIGKILL'), graceMs + 1000);
      await exited;
      clearTimeout(timer);
    },
    kill: () => void subprocess.kill('SIGKILL'),
  };
}

interface Drain {
  type: 'drain';
  ms: number;
}

/** The life of a child as the {@link Service} sees it. */
export function childRunning<Out>(child: Child<Out>, detail: string): Running {
  return {
    pid: child.pid,
    detail,
    attached: false,
    exited: child.exited,
    stop: (graceMs) => child.stop(graceMs),
    kill: () => child.kill(),
  };
}

/** The exit of a child that never became ready, as an error with its last words. */
export function startFailure(name: string, exit: Exit): HubError {
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.code ?? 'unknown'}`;
  return new HubError(
    'CHILD_FAILED',
    [`the ${name} ${how} before it was ready`, ...exit.lines].join('\n'),
    'The log in the state folder has more; this is a bug worth reporting.',
  );
}

/** This file's own ending decides: `.ts` from the sources, `.js` from the build. */
function partPath(part: string): string {
  return fileURLToPath(new URL(`../${part}/main${extname(import.meta.url)}`, import.meta.url));
}
