import { HubError } from '../shared/errors.ts';
import type { ProcessInfo, ProcessName } from '../shared/events.ts';
import type { GatewayAsk, ToGateway } from '../shared/ipc.ts';
import type { Clients } from './clients.ts';

interface Hub {
  clients: Clients;
  processes(): ProcessInfo[];
  restart(name: ProcessName): Promise<void>;
}

/** Answers what the gateway asks: errors as they were thrown. */
export async function answerGateway(
  { ask, what }: { ask: number; what: GatewayAsk },
  hub: Hub,
): Promise<ToGateway> {
  try {
    return { type: 'answered', ask, answer: { result: await answer(what, hub) } };
  } catch (thrown) {
    return { type: 'answered', ask, answer: { error: HubError.from(thrown).toData() } };
  }
}

async function answer(what: GatewayAsk, hub: Hub): Promise<unknown> {
  switch (what.op) {
    case 'raw':
      return hub.clients.all.filter(({ kind }) => kind === 'raw');
    case 'kill':
      return (await hub.clients.kill([what.client])).done.length > 0;
    case 'pause':
    case 'resume':
      return (await hub.clients.pause([what.client], what.op === 'pause')).done.length > 0;
    case 'processes':
      return hub.processes();
    case 'restart':
      await hub.restart(what.name);
      return null;
    default:
      return what satisfies never;
  }
}
