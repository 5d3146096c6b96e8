import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeStateFolder, removeSocketFolder, stateFolder } from '../../../src/shared/state-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-state-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (home: string) => stateFolder({ CDP_HUB_HOME: home });
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('makeStateFolder', () => {
  it('makes what is missing, for the user alone', () => {
    const state = at(join(folder, 'a/b/c'));
    makeStateFolder(state);
    expect([state.home, state.logs, state.profiles, join(folder, 'a')].map(mode)).toEqual([
      '700',
      '700',
      '700',
      '700',
    ]);
  });

  it('leaves the modes of what is there alone', () => {
    chmodSync(folder, 0o755);
    makeStateFolder(at(folder));
    expect(mode(folder)).toBe('755');
  });

  it.each([0o777, 0o1777, 0o775])('refuses a home that others may write to (%o)', (bits) => {
    chmodSync(folder, bits);
    expect(() => makeStateFolder(at(folder))).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('open for others') }),
    );
    expect(mode(folder)).toBe((bits & 0o777).toString(8));
  });

  it('says so where it cannot be made, and ends where nothing can', () => {
    writeFileSync(join(folder, 'file'), '');
    for (const home of [join(folder, 'file'), join(folder, 'file/below'), '/proc/nope/home']) {
      expect(() => makeStateFolder(at(home))).toThrow(
        expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('CDP_HUB_HOME') }),
      );
    }
  });

  it('keeps the socket’s path short under a long home, and cleans up after it', () => {
    const home = join(folder, 'x'.repeat(100));
    const state = at(home);
    expect(Buffer.byteLength(state.socket)).toBeLessThan(104);
    makeStateFolder(state);
    expect(mode(dirname(state.socket))).toBe('700');
    removeSocketFolder(state);
    expect(existsSync(dirname(state.socket))).toBe(false);
    mkdirSync(join(folder, 'short'));
    removeSocketFolder(at(join(folder, 'short')));
    expect(existsSync(join(folder, 'short'))).toBe(true);
  });
});
