import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { accessToken } from '../../../src/cli/access-token.ts';
import { stateFolder } from '../../../src/shared/state-folder.ts';

const TOKEN = 'a-token-of-some-length';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-token-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const state = () => stateFolder({ CDP_HUB_HOME: join(folder, 'home') });

it('none is asked for where nothing is said', () => {
  expect(accessToken({}, {}, state())).toEqual({});
  expect(accessToken({}, { CDP_HUB_TOKEN: '' }, state())).toEqual({});
});

it('flag over variable, and from a file', () => {
  const path = join(folder, 'token');
  writeFileSync(path, `${TOKEN}-of-the-file\n`);
  const env = { CDP_HUB_TOKEN: `${TOKEN}-of-the-variable` };
  expect(accessToken({ token: TOKEN }, env, state())).toEqual({ token: TOKEN });
  expect(accessToken({}, env, state())).toEqual({ token: `${TOKEN}-of-the-variable` });
  expect(accessToken({ tokenFile: path }, env, state())).toEqual({
    token: `${TOKEN}-of-the-file`,
    tokenFile: path,
  });
});

it('auto makes one for this user alone, and takes the same ever after', () => {
  const made = accessToken({ token: true }, {}, state());
  expect(made.tokenFile).toBe(state().accessToken);
  expect(made.token).toMatch(/^[\w-]{43}$/);
  expect(statSync(state().accessToken).mode & 0o777).toBe(0o600);
  expect(accessToken({ token: 'auto' }, {}, state())).toEqual(made);
  expect(accessToken({}, { CDP_HUB_TOKEN: 'auto' }, state())).toEqual(made);
});

it.each([
  [{ token: 'short' }, {}, '--token gives no token'],
  [{ token: '' }, {}, '--token gives no token'],
  [{}, { CDP_HUB_TOKEN: 'short' }, 'CDP_HUB_TOKEN gives no token'],
  [{ tokenFile: '/nowhere/token' }, {}, '--token-file /nowhere/token cannot be read'],
  [{ tokenFile: '/dev/null' }, {}, 'the file of --token-file /dev/null gives no token'],
  [{ token: TOKEN, tokenFile: '/x' }, {}, 'are both given'],
])('%j with %j is refused', (flags, env, text) => {
  const refusal = expect(() => accessToken(flags, env, state()));
  refusal.toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(text) }));
  refusal.not.toThrow(expect.objectContaining({ message: expect.stringContaining(TOKEN) }));
});

it('an empty file of the state folder is named', () => {
  accessToken({ token: true }, {}, state());
  writeFileSync(state().accessToken, '');
  expect(() => accessToken({ token: true }, {}, state())).toThrow(
    expect.objectContaining({ message: expect.stringContaining('is empty') }),
  );
});
