import type { ClientInfo, ProcessInfo } from '../../shared/events.ts';
import type { Choice, Question } from './ui-state.ts';
import { clientTitle } from './words.ts';

/** Those who are connected now: what a question breaks may change while it waits for its answer. */
export type Clients = () => readonly ClientInfo[];

/**
 * Names what goes with the client: its commands in flight. The tabs are those that it is attached to; whether
 * it opened them nobody knows, and others may be attached to them as well.
 */
export function killQuestion(asked: ClientInfo, clients: Clients, yes: () => void): Question {
  return {
    get text() {
      const client = clients().find(({ id }) => id === asked.id) ?? asked;
      const what =
        client.kind === 'raw'
          ? 'its connection through the forwarder is cut'
          : `attached to ${count(client.tabs, 'tab')}, ${client.inFlight} in flight`;
      return `Kill ${clientTitle(client)}: ${what}?`;
    },
    choices: yesNo(yes),
  };
}

/** A restart that nobody would notice is not asked about; the browser's always is: its pages are lost. */
export function restartNeedsYes(process: ProcessInfo, clients: readonly ClientInfo[]): boolean {
  if (process.pid === null) return false;
  return process.name === 'browser' || affected(process, clients).length > 0;
}

export function restartQuestion(process: ProcessInfo, clients: Clients, yes: () => void): Question {
  return {
    get text() {
      const who = affected(process, clients());
      const inFlight = who.reduce((sum, client) => sum + client.inFlight, 0);
      const what = {
        browser: `closes every page; ${connected(who.length)}, ${inFlight} in flight`,
        gateway: `cuts ${count(who.length, 'client')}, ${inFlight} in flight; the browser lives on`,
        forwarder: `cuts ${count(who.length, 'connection')}; browser and gateway live on`,
      }[process.name];
      return `Restart ${process.name}: ${what}?`;
    },
    choices: yesNo(yes),
  };
}

/** Who does not own the hub leaves it running by just going; stopping it is offered all the same. */
export function quitQuestion(owner: boolean, end: (end: 'detach' | 'stop') => void): Question {
  return {
    text: owner ? 'Leave the hub?' : 'Leave this screen? The hub was started elsewhere and runs on.',
    choices: [
      { key: 'd', label: owner ? 'detach (hub runs on)' : 'leave', run: () => end('detach') },
      { key: 's', label: 'stop all', run: () => end('stop') },
    ],
  };
}

function affected(process: ProcessInfo, clients: readonly ClientInfo[]): ClientInfo[] {
  const raw = process.name === 'forwarder';
  return clients.filter(
    (client) => client.connected && (process.name === 'browser' || (client.kind === 'raw') === raw),
  );
}

function connected(n: number): string {
  return n === 0 ? 'nobody is connected' : `${count(n, 'client')} ${n === 1 ? 'is' : 'are'} connected`;
}

function yesNo(yes: () => void): Choice[] {
  return [{ key: 'y', label: 'yes', run: yes }];
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
