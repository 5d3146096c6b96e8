import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { HubError } from './errors.ts';
import { readToken } from './given-token.ts';

/** 256 random bits, 43 characters that need no escapes in a URL or a header. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** 32 bytes whatever the token, so that comparing two tells nothing about either's length. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** True where `given` is the token of this digest, in a time that tells nothing. */
export function isToken(given: string, digest: Buffer): boolean {
  return timingSafeEqual(digestOf(given), digest);
}

/** Tells a token from others, and no more; for comparing what two callers were given. */
export function fingerprint(token: string): string {
  return digestOf(token).toString('hex');
}

/** Puts the token into the file, mode 0600 whatever was there before; a reader sees all of it or the one before. */
export function writeToken(path: string, token: string): void {
  const next = `${path}.${process.pid}`;
  // One that a killed process left may have any mode, or be a link.
  rmSync(next, { force: true });
  writeFileSync(next, `${token}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(next, path);
}

/** The token that the file keeps, made where there is none yet. Throws USAGE where the file is there and has none. */
export function keptToken(path: string): string {
  try {
    // Two that start at once must end with the same.
    writeFileSync(path, `${newToken()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const token = readToken(path);
  if (token !== null) return token;
  throw new HubError(
    'USAGE',
    `the token file ${path} is empty`,
    'Remove it, and the next start makes another.',
  );
}
