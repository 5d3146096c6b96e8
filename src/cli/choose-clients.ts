import { HubError } from '../shared/errors.ts';
import type { ClientInfo } from '../shared/events.ts';
import { oneLine } from '../shared/text.ts';

/** Fewer characters of an id than these say nothing to a person. */
const SHORTEST = 12;

/** Of more clients than these an error names the first. */
const MAX_NAMED = 20;

type Named = Pick<ClientInfo, 'id' | 'name'>;

/**
 * The ids that these words mean, each once: a whole id, a name that one client alone has, or the beginning of one id
 * alone. Throws NOT_FOUND for a word that means nobody, or several.
 */
export function chooseClients(words: readonly string[], clients: readonly Named[]): string[] {
  return [...new Set(words.map((word) => choose(word, clients)))];
}

/** The id as short as it may be typed while these clients are there, but no shorter than 12 characters. */
export function shortId(id: string, clients: readonly Named[]): string {
  for (let length = SHORTEST; length < id.length; length += 1) {
    const short = id.slice(0, length);
    if (!clients.some((other) => other.id !== id && other.id.startsWith(short))) return short;
  }
  return id;
}

function choose(word: string, clients: readonly Named[]): string {
  if (clients.some(({ id }) => id === word)) return word;
  const named = clients.filter(({ name }) => name === word);
  const found = named.length > 0 ? named : clients.filter(({ id }) => word !== '' && id.startsWith(word));
  const [first] = found;
  if (first && found.length === 1) return first.id;
  if (first) {
    throw new HubError(
      'NOT_FOUND',
      `${oneLine(word)} is ${found.length} clients: ${list(found, clients)}`,
      'Say more of the id of the one you mean.',
    );
  }
  throw new HubError(
    'NOT_FOUND',
    `no client is called ${oneLine(word)}, and no id begins like that`,
    clients.length === 0
      ? 'There are no clients now; cdp-hub clients lists them.'
      : `There are ${list(clients, clients)}; cdp-hub clients says more of them.`,
  );
}

function list(some: readonly Named[], clients: readonly Named[]): string {
  const names = some.slice(0, MAX_NAMED).map(({ id, name }) => {
    const short = shortId(id, clients);
    return name === id ? short : `${short} (${oneLine(name)})`;
  });
  return some.length > MAX_NAMED ? `${names.join(', ')} …` : names.join(', ');
}
