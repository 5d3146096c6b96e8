import { EXIT, HubError } from '../../shared/errors.ts';
import type { ClientInfo } from '../../shared/events.ts';
import { oneLine } from '../../shared/text.ts';
import { chooseClients } from '../choose-clients.ts';
import { connectToHub } from '../connect.ts';
import type { ControlClient } from '../control-client.ts';

type Verb = 'kill' | 'pause' | 'resume';

export interface Wish {
  /** Ids, beginnings of ids, names. */
  words: string[];
  all: boolean;
  json: boolean;
}

const DONE = { kill: 'killed', pause: 'paused', resume: 'resumed' } as const;

/**
 * `cdp-hub kill`, `pause` and `resume`. Nothing is done where one of the words means nobody; exit code 1 where one of the
 * clients has left meanwhile. With `--json` what the hub answered, e.g. `{"killed":[…],"unknown":[…]}`.
 */
export async function act(verb: Verb, { words, all, json }: Wish): Promise<number> {
  if (all === words.length > 0) {
    throw new HubError(
      'USAGE',
      all ? 'either --all or the clients are named, not both' : `whom to ${verb}?`,
      `Name one or more, as cdp-hub clients lists them${verb === 'pause' ? '' : ', or say --all'}.`,
    );
  }
  await using hub = await connectToHub();
  const { clients } = await hub.request('snapshot', {});
  const ids = all ? everybody(verb, clients) : chooseClients(words, clients);
  // The protocol wants at least one.
  const { done, unknown } = ids.length === 0 ? { done: [], unknown: [] } : await ask(hub, verb, ids);
  if (json) process.stdout.write(`${JSON.stringify({ [DONE[verb]]: done, unknown })}\n`);
  else {
    const name = (id: string) => oneLine(clients.find((client) => client.id === id)?.name ?? id);
    for (const id of done) process.stdout.write(`${DONE[verb]} ${name(id)} (${id})\n`);
    for (const id of unknown) process.stderr.write(`${name(id)} (${id}) had left already\n`);
    if (ids.length === 0) process.stdout.write(`nobody to ${verb}\n`);
  }
  return unknown.length === 0 ? EXIT.ok : EXIT.failure;
}

function everybody(verb: Verb, clients: readonly ClientInfo[]): string[] {
  return clients.filter(({ paused }) => verb !== 'resume' || paused).map(({ id }) => id);
}

async function ask(
  hub: ControlClient,
  verb: Verb,
  clients: string[],
): Promise<{ done: string[]; unknown: string[] }> {
  switch (verb) {
    case 'kill': {
      const { killed: done, unknown } = await hub.request('kill', { clients });
      return { done, unknown };
    }
    case 'pause': {
      const { paused: done, unknown } = await hub.request('pause', { clients });
      return { done, unknown };
    }
    case 'resume': {
      const { resumed: done, unknown } = await hub.request('resume', { clients });
      return { done, unknown };
    }
    default:
      return verb satisfies never;
  }
}
