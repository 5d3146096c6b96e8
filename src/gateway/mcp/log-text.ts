import type { ProgramEvent } from '../../shared/program-events.ts';

/** Ids that clients are ended by are for the person who runs the hub. */
const ID = /\b[a-z]{2,9}-[0-9a-f]{32}\b/g;

/** What happened to the hub, a line each, oldest first. */
export function logText(events: readonly ProgramEvent[]): string {
  const lines = events.map((event) => `${new Date(event.at).toISOString()} ${wordsOf(event)}`);
  return lines.join('\n').replace(ID, '(id)');
}

function wordsOf(event: ProgramEvent): string {
  switch (event.type) {
    case 'client.joined':
    case 'client.left': {
      const { name, kind } = event.client;
      return `${name} (${kind}) ${event.type === 'client.joined' ? 'joined' : 'left'}`;
    }
    case 'browser':
      return event.connected
        ? 'connected to the browser'
        : `not connected to the browser${event.reason && `: ${event.reason}`}`;
    case 'process': {
      const { name, state, finding } = event.process;
      return `${name}: ${state}${finding ? `, ${finding.message}` : ''}`;
    }
    case 'log':
      return `${event.level} ${event.source}: ${event.message}`;
    case 'question':
      return `asked the person at the hub: ${event.text}`;
    case 'answered':
      return `the person at the hub answered ${event.yes ? 'yes' : 'no'}`;
    default:
      return event satisfies never;
  }
}
