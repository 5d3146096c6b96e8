import getPort, { clearLockedPorts } from 'get-port';
import { HubError } from '../shared/errors.ts';
import { describeHolder, portHolder } from '../shared/port-holder.ts';

/** A default port that is taken steps on by ten, so that no part's default lands on another part's. */
const STEP = 10;
const TRIES = 10;

export interface PortWish {
  host: string;
  port: number;
  /** A person named it: taken is an error then. */
  named: boolean;
  /** For messages: `gateway`. */
  what: string;
  /** The flag that chooses another: `--port`. */
  flag: string;
  /** What follows the port in that flag: `=workspace:alice`. */
  rest?: string;
  /** Ports that `--listen` names: a default must not step on them. */
  avoid?: readonly number[];
}

/**
 * A port that nobody listens on, on IPv4 or IPv6: a holder of the other family alone would get the half of
 * the clients that say `localhost`. 0 stays 0. `onStep` is told when a default was taken.
 * Throws PORT_TAKEN with the holder.
 */
export async function choosePort(wish: PortWish, onStep: (message: string) => void): Promise<number> {
  if (wish.port === 0) return 0;
  for (let i = 0; i < TRIES; i++) {
    const port = wish.port + i * STEP;
    if (port > 65535) break;
    if (!wish.avoid?.includes(port) && (await portFree(port))) {
      if (i > 0) onStep(`${wish.what}: port ${wish.port} is ${await whose(wish)}, using ${port}`);
      return port;
    }
    if (wish.named) throw await portTaken(wish);
  }
  throw new HubError(
    'PORT_TAKEN',
    `the ${wish.what}'s ports from ${wish.port} on are all taken, the first by ${describeHolder(await portHolder(wish.port))}`,
    `Choose another with ${wish.flag} PORT, or any free one with ${wish.flag} 0.`,
  );
}

async function whose({ port, avoid }: PortWish): Promise<string> {
  return avoid?.includes(port) ? 'what --listen names' : `taken by ${describeHolder(await portHolder(port))}`;
}

export async function portTaken(wish: PortWish): Promise<HubError> {
  const holder = await portHolder(wish.port);
  const stop = holder ? `Stop it (kill ${holder.pid}), or choose` : 'Choose';
  return new HubError(
    'PORT_TAKEN',
    `the ${wish.what}'s port ${wish.port} is taken by ${describeHolder(holder)}`,
    `${stop} another port with ${wish.flag} PORT${wish.rest ?? ''} (PORT 0: any free one).`,
  );
}

/** Nobody listens on it, on any address of this machine. get-port falls back to another port where somebody does. */
async function portFree(port: number): Promise<boolean> {
  // It remembers what it gave out, also for a start that failed for another reason.
  clearLockedPorts();
  return (await getPort({ port })) === port;
}
