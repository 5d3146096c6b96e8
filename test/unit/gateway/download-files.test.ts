import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { files } from '../../../src/gateway/downloads.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A file that the browser has downloaded. */
const downloaded = (text = 'text', at = folder) => {
  const path = join(mkdtempSync(join(at, 'dl-')), 'downloaded');
  writeFileSync(path, text);
  return path;
};

test('a file is moved into a folder that is made for it', async () => {
  const from = downloaded();
  const to = join(folder, 'a', 'b');
  expect(await files.move(from, to, 'name.txt')).toBe(join(to, 'name.txt'));
  expect(readFileSync(join(to, 'name.txt'), 'utf8')).toBe('text');
  expect(existsSync(from)).toBe(false);
});

test('what is there already is left alone: a number goes in front of the extension', async () => {
  const to = join(folder, 'to');
  const names = ['x.txt', 'x.txt', 'x.txt', 'y.tar.gz', 'y.tar.gz', 'none', 'none'];
  const moved = [];
  for (const name of names) moved.push(await files.move(downloaded(name), to, name));
  expect(moved.map((path) => path.slice(to.length + 1))).toEqual([
    'x.txt',
    'x (1).txt',
    'x (2).txt',
    'y.tar.gz',
    'y (1).tar.gz',
    'none',
    'none (1)',
  ]);
  expect(readdirSync(to)).toHaveLength(names.length);
});

test('many of one name at once: each gets a name of its own, and keeps what is in it', async () => {
  const to = join(folder, 'to');
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
  const moved = await Promise.all(texts.map((text) => files.move(downloaded(text), to, 'x.txt')));
  expect(new Set(moved).size).toBe(texts.length);
  expect(moved.map((path) => readFileSync(path, 'utf8'))).toEqual(texts);
});

test('a file that is not there says that hub and browser share none', async () => {
  await expect(files.move(join(folder, 'no'), join(folder, 'to'), 'x')).rejects.toMatchObject({
    code: 'NOT_SHARED',
  });
  expect(existsSync(join(folder, 'to'))).toBe(false);
});

test('a folder that cannot be made leaves the file where it was', async () => {
  const from = downloaded();
  writeFileSync(join(folder, 'file'), '');
  await expect(files.move(from, join(folder, 'file', 'to'), 'x')).rejects.toThrow();
  expect(existsSync(from)).toBe(true);
});

const OTHER = '/dev/shm';
const elsewhere = existsSync(OTHER) && statSync(OTHER).dev !== statSync(tmpdir()).dev;

test.runIf(elsewhere)('a file comes whole from another file system', async () => {
  const other = mkdtempSync(join(OTHER, 'cdp-hub-files-'));
  try {
    mkdirSync(join(folder, 'to'));
    const from = downloaded('from afar', other);
    expect(await files.move(from, join(folder, 'to'), 'x.txt')).toBe(join(folder, 'to', 'x.txt'));
    expect(readFileSync(join(folder, 'to', 'x.txt'), 'utf8')).toBe('from afar');
    expect([existsSync(from), readdirSync(join(folder, 'to'))]).toEqual([false, ['x.txt']]);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});

test('a file is removed, and one that is gone already is none to speak of', async () => {
  const path = downloaded();
  await files.remove(path);
  await files.remove(path);
  expect(existsSync(path)).toBe(false);
});
