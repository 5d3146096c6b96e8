import { readFileSync } from 'node:fs';
import { HubError } from './errors.ts';

/** Tokens that somebody else made. Apart from `tokens.ts`, for that loads Node's crypto: 4 MB in every process that does. */

/** A token in a state folder's file is never longer: what is, is none. Characters. */
const MAX_LENGTH = 512;

/** RFC 6750 §2.1's characters, which is what a header can carry. */
const TOKEN = /^[A-Za-z0-9._~+/=-]{16,512}$/;

/** Throws USAGE where `token` cannot be one; what it is appears nowhere. `from`: `--token`, CDP_HUB_TOKEN, a file. */
export function checkToken(token: string, from: string): void {
  if (TOKEN.test(token)) return;
  throw new HubError(
    'USAGE',
    `${from} gives no token: one has 16 to 512 letters, digits and -._~+/=`,
    'Say --token auto to have one made, or make one: openssl rand -base64 32',
  );
}

/** The token in the file; null where there is none. Throws what Node throws for a file that cannot be read. */
export function readToken(path: string): string | null {
  try {
    const token = readFileSync(path, 'utf8').trim();
    return token !== '' && token.length <= MAX_LENGTH ? token : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
