import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfigFile, writeConfigFile } from '../../../../src/cli/config-clients/config-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = { secret: false };
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const refusal = (words: string) =>
  expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(words) });

it('a file that is not there is made with its folder, and leaves no backup', () => {
  const path = join(folder, 'a', 'b', 'mcp.json');
  const file = readConfigFile(path);
  expect([file.text, file.stat]).toEqual(['', null]);
  expect(writeConfigFile(file, '{}\n', open)).toBeNull();
  expect(readFileSync(path, 'utf8')).toBe('{}\n');
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['mcp.json']);
});

it('one with a token in it is made for this user alone', () => {
  const path = join(folder, 'mcp.json');
  writeConfigFile(readConfigFile(path), '{}', { secret: true });
  expect(modeOf(path)).toBe('600');
});

it('keeps mode and byte order mark, and each backup', () => {
  const path = join(folder, 'mcp.json');
  writeFileSync(path, '\uFEFF{"n": 0}');
  chmodSync(path, 0o640);
  for (const n of [1, 2, 3]) {
    const file = readConfigFile(path);
    expect([file.text, file.bom]).toEqual([`{"n": ${n - 1}}`, true]);
    expect(writeConfigFile(file, `{"n": ${n}}`, open)).toBe(`${path}.bak${n === 1 ? '' : `.${n - 1}`}`);
  }
  expect(readFileSync(path, 'utf8')).toBe('\uFEFF{"n": 3}');
  expect(readFileSync(`${path}.bak`, 'utf8')).toBe('\uFEFF{"n": 0}');
  expect(readFileSync(`${path}.bak.2`, 'utf8')).toBe('\uFEFF{"n": 2}');
  expect([modeOf(path), modeOf(`${path}.bak`)]).toEqual(['640', '640']);
  expect(readdirSync(folder).sort()).toEqual([
    'mcp.json',
    'mcp.json.bak',
    'mcp.json.bak.1',
    'mcp.json.bak.2',
  ]);
});

it('a link stays one: what it leads to is written, also where that is not there yet', () => {
  mkdirSync(join(folder, 'dotfiles'));
  const real = join(folder, 'dotfiles', 'real.json');
  const path = join(folder, 'mcp.json');
  symlinkSync('dotfiles/real.json', path);
  expect(writeConfigFile(readConfigFile(path), '1', open)).toBeNull();
  expect(writeConfigFile(readConfigFile(path), '2', open)).toBe(`${path}.bak`);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect([readFileSync(real, 'utf8'), readFileSync(`${path}.bak`, 'utf8')]).toEqual(['2', '1']);
  expect(readdirSync(join(folder, 'dotfiles'))).toEqual(['real.json']);
});

it('what its client wrote in the meantime is not written over', () => {
  const path = join(folder, 'mcp.json');
  writeFileSync(path, 'a');
  const file = readConfigFile(path);
  writeFileSync(path, 'b');
  utimesSync(path, new Date(), new Date(0));
  expect(() => writeConfigFile(file, 'c', open)).toThrow(refusal('it was changed in this moment'));
  expect(readFileSync(path, 'utf8')).toBe('b');
  expect(readdirSync(folder)).toEqual(['mcp.json']);
});

it('what is no text file is refused', () => {
  const path = join(folder, 'mcp.json');
  writeFileSync(path, Buffer.from('\uFEFF{}', 'utf16le'));
  expect(() => readConfigFile(path)).toThrow(refusal('it is not UTF-8'));
  expect(() => readConfigFile(folder)).toThrow(refusal('it is no file'));
  symlinkSync('circle', join(folder, 'circle'));
  expect(() => readConfigFile(join(folder, 'circle'))).toThrow(refusal('its links lead in a circle'));
  writeFileSync(path, 'x');
  const below = readConfigFile(join(folder, 'new', 'x.json'));
  writeFileSync(join(folder, 'new'), '');
  expect(() => writeConfigFile(below, '', open)).toThrow(refusal('cannot be written'));
});
