import { readFileSync } from 'node:fs';
import type { UpFlags } from '../shared/config.ts';
import { HubError, messageOf } from '../shared/errors.ts';
import { checkToken } from '../shared/given-token.ts';
import { makeStateFolder, type StateFolder } from '../shared/state-folder.ts';
import { keptToken } from '../shared/tokens.ts';

/** What a person gave on the command line: `true` is a `--token` without a value. */
export interface TokenFlags {
  token?: string | true | undefined;
  tokenFile?: string | undefined;
}

/**
 * The token that clients must have, by flag, file or CDP_HUB_TOKEN, and the file where it is, if it is in one; neither
 * where there shall be none. `auto` is the one that the state folder keeps, made at the first time. Throws USAGE, in
 * words without the token.
 */
export function accessToken(
  { token, tokenFile }: TokenFlags,
  env: NodeJS.Dict<string>,
  state: StateFolder,
): Pick<UpFlags, 'token' | 'tokenFile'> {
  if (token !== undefined && tokenFile !== undefined) {
    throw new HubError('USAGE', '--token and --token-file are both given', 'Drop one of them.');
  }
  if (tokenFile !== undefined) {
    const read = fromFile(tokenFile);
    checkToken(read, `the file of --token-file ${tokenFile}`);
    return { token: read, tokenFile };
  }
  const given = token === true ? 'auto' : (token ?? env.CDP_HUB_TOKEN);
  if (given === undefined || (token === undefined && given === '')) return {};
  if (given === 'auto') {
    makeStateFolder(state);
    return { token: keptToken(state.accessToken), tokenFile: state.accessToken };
  }
  checkToken(given, token === undefined ? 'CDP_HUB_TOKEN' : '--token');
  return { token: given };
}

function fromFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new HubError(
      'USAGE',
      `--token-file ${path} cannot be read: ${messageOf(error)}`,
      'Put the token there, e.g. (umask 077; openssl rand -base64 32 > FILE)',
      error,
    );
  }
}
