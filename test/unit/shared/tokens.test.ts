import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkToken, readToken } from '../../../src/shared/given-token.ts';
import { digestOf, isToken, newToken, writeToken } from '../../../src/shared/tokens.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-token-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a token has 256 bits, and none is like another', () => {
  const tokens = Array.from({ length: 100 }, newToken);
  expect(new Set(tokens).size).toBe(100);
  expect(tokens.every((token) => /^[\w-]{43}$/.test(token))).toBe(true);
  expect(Buffer.from(tokens[0] ?? '', 'base64url')).toHaveLength(32);
});

it('only the token itself is it, and one of another length is no error', () => {
  const digest = digestOf('secret-secret');
  expect(isToken('secret-secret', digest)).toBe(true);
  for (const other of ['', 's', 'secret-secre', 'secret-secret ', 'Secret-secret', 'x'.repeat(10_000)]) {
    expect(isToken(other, digest)).toBe(false);
  }
});

it('a token file is for its user alone, whatever was there before', () => {
  const path = join(folder, 'control-token');
  expect(readToken(path)).toBeNull();
  writeToken(path, 'one');
  expect(readToken(path)).toBe('one');
  chmodSync(path, 0o644);
  writeToken(path, 'two');
  expect(readToken(path)).toBe('two');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, 'mine');
  rmSync(path);
  symlinkSync(elsewhere, path);
  writeToken(path, 'three');
  expect(readToken(elsewhere)).toBe('mine');
  expect(readdirSync(folder).sort()).toEqual(['control-token', 'elsewhere']);
});

describe('checkToken', () => {
  it.each(['sixteen-letters.', 'a'.repeat(512), 'aGVsbG8gd29ybGQhISE+/w=='])('takes %s', (token) => {
    expect(() => checkToken(token, '--token')).not.toThrow();
  });

  it.each([
    '',
    'fifteen-letters',
    'a'.repeat(513),
    'with a space inside',
    'line\nbreak-in-the-token',
    'ünicode-is-no-header',
  ])('refuses %j, and does not repeat it', (token) => {
    expect(() => checkToken(token, 'CDP_HUB_TOKEN')).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringContaining('CDP_HUB_TOKEN gives no token'),
      }),
    );
    try {
      checkToken(token, 'CDP_HUB_TOKEN');
    } catch (error) {
      if (token !== '') expect(JSON.stringify(error) + String(error)).not.toContain(token);
    }
  });
});
