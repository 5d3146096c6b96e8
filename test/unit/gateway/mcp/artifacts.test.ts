import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Artifacts, clearArtifacts } from '../../../../src/gateway/mcp/browser/artifacts.ts';

let root: string;

beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'cdp-hub-artifacts-')), 'artifacts');
});
afterEach(() => {
  rmSync(join(root, '..'), { recursive: true, force: true });
});

const text = (name: string, data: Buffer | string = 'text') => ({ name, mimeType: 'text/plain', data });

const names = async (artifacts: Artifacts) => (await artifacts.list()).map(({ name }) => name);

/** Everything that lies below the root. */
const files = () =>
  readdirSync(root, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);

/** The one folder there is, of the one session. */
const folder = () => join(root, readdirSync(root)[0] ?? '');

test('what was put is listed, found and read, and is for nobody else on the machine', async () => {
  const artifacts = new Artifacts(root, 'session');
  expect(existsSync(root)).toBe(false);
  const put = await artifacts.put({ name: 'shot', mimeType: 'image/png', data: Buffer.from([1, 2, 3]) });
  expect(put).toEqual({
    uri: 'cdp-hub://artifacts/shot.png',
    name: 'shot.png',
    mimeType: 'image/png',
    size: 3,
  });
  expect(await artifacts.list()).toEqual([{ ...put, created: expect.any(Number) }]);
  expect(await artifacts.read('shot.png')).toEqual({ artifact: put, data: Buffer.from([1, 2, 3]) });
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(await artifacts.path('shot.png')).mode & 0o777).toBe(0o600);
});

test('names are those of one file in the folder, whatever was asked for', async () => {
  const artifacts = new Artifacts(root, 'session');
  const hostile = [
    '../../../etc/passwd',
    '/etc/passwd',
    '..',
    '.',
    '',
    'a\0b.txt',
    '..\\..\\x.txt',
    'C:\\x.txt',
    '.ssh',
    `${'é'.repeat(300)}.txt`,
    'new\nline.txt',
    '\u202Egpj.exe',
  ];
  for (const name of hostile) await artifacts.put(text(name));
  const kept = await names(artifacts);
  expect(kept).toHaveLength(hostile.length);
  expect(kept.slice(0, 6)).toEqual([
    'passwd.txt',
    'passwd (1).txt',
    'download.txt',
    'download (1).txt',
    'download (2).txt',
    'ab.txt',
  ]);
  expect(readdirSync(join(folder(), 'files')).sort()).toEqual([...kept].sort());
  for (const name of kept) {
    expect(name).not.toMatch(/[/\\\p{C}]/u);
    expect((await artifacts.read(name)).data.toString()).toBe('text');
  }
});

test.each(['../files/a.txt', '../../x', '/etc/passwd', 'a.txt\0', './a.txt', '', '..', 'link.txt'])(
  'what is asked for as %j is not there',
  async (name) => {
    const artifacts = new Artifacts(root, 'session');
    await artifacts.put(text('a.txt'));
    symlinkSync('/etc/passwd', join(folder(), 'files', 'link.txt'));
    const later = new Artifacts(root, 'session');
    await expect(later.read(name)).rejects.toThrow('There is no artifact');
    await expect(later.path(name)).rejects.toThrow('There is no artifact');
    expect(await later.delete([name])).toEqual([]);
    expect(await names(later)).toEqual(['a.txt']);
  },
);

test('a link that takes the place of a file is not followed', async () => {
  const artifacts = new Artifacts(root, 'session');
  await artifacts.put(text('a.txt'));
  const path = await artifacts.path('a.txt');
  rmSync(path);
  symlinkSync('/etc/passwd', path);
  await expect(artifacts.read('a.txt')).rejects.toThrow('ELOOP');
});

test('a link in the place of its folder is not entered', async () => {
  const artifacts = new Artifacts(root, 'session');
  await artifacts.put(text('a.txt'));
  const [name = ''] = readdirSync(root);
  rmSync(join(root, name), { recursive: true });
  const elsewhere = join(root, '..', 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(root, name));
  await expect(new Artifacts(root, 'session').put(text('b.txt'))).rejects.toThrow(
    "not a folder of the hub's own",
  );
  expect(readdirSync(elsewhere)).toEqual([]);
});

test('many of one name at once: each gets a name of its own', async () => {
  const artifacts = new Artifacts(root, 'session');
  const put = await Promise.all(
    Array.from({ length: 20 }, (_, index) => artifacts.put(text('x.txt', `text ${index}`))),
  );
  expect(new Set(put.map(({ name }) => name)).size).toBe(20);
  const read = await Promise.all(put.map(async ({ name }) => (await artifacts.read(name)).data.toString()));
  expect(read).toEqual(Array.from({ length: 20 }, (_, index) => `text ${index}`));
});

describe('the limits of a session', () => {
  test('beyond the number of files the oldest go, and it is said which', async () => {
    const artifacts = new Artifacts(root, 'session', { bytes: 1000, files: 3 });
    for (const name of ['1.txt', '2.txt', '3.txt', '4.txt', '5.txt']) await artifacts.put(text(name));
    expect(await names(artifacts)).toEqual(['3.txt', '4.txt', '5.txt']);
    expect(files().sort()).toEqual(['3.txt', '4.txt', '5.txt']);
    expect(artifacts.takeNotes().join('\n')).toMatch(/make room: 1\.txt\.\n.*make room: 2\.txt\./);
    expect(artifacts.takeNotes()).toEqual([]);
  });

  test('beyond the bytes as well', async () => {
    const artifacts = new Artifacts(root, 'session', { bytes: 1000, files: 100 });
    await artifacts.put(text('1.txt', 'x'.repeat(400)));
    await artifacts.put(text('2.txt', 'x'.repeat(400)));
    await artifacts.put(text('3.txt', 'x'.repeat(900)));
    expect(await names(artifacts)).toEqual(['3.txt']);
  });

  test('what is too large by itself is refused, and nothing goes for it', async () => {
    const artifacts = new Artifacts(root, 'session', { bytes: 1000, files: 100 });
    await artifacts.put(text('1.txt'));
    await expect(artifacts.put(text('2.txt', 'x'.repeat(1001)))).rejects.toThrow(
      '2.txt is larger than the 1000 bytes that a session may keep.',
    );
    expect(files()).toEqual(['1.txt']);
  });
});

test('what the browser has put there is taken over under its name, and nothing else is', async () => {
  const artifacts = new Artifacts(root, 'session');
  const incoming = await artifacts.incoming();
  writeFileSync(join(incoming, 'guid'), 'a,b');
  chmodSync(join(incoming, 'guid'), 0o644);
  const adopted = await artifacts.adopt(join(incoming, 'guid'), '../report.csv');
  expect(adopted).toMatchObject({ name: 'report.csv', mimeType: 'text/csv', size: 3 });
  expect(readFileSync(await artifacts.path('report.csv'), 'utf8')).toBe('a,b');
  expect(statSync(await artifacts.path('report.csv')).mode & 0o777).toBe(0o600);
  expect(await artifacts.adopt('/etc/passwd', 'passwd')).toBeNull();
  symlinkSync('/etc/passwd', join(incoming, 'link'));
  expect(await artifacts.adopt(join(incoming, 'link'), 'link')).toBeNull();
  expect(await artifacts.adopt(join(incoming, 'missing'), 'missing')).toBeNull();
  expect(await names(artifacts)).toEqual(['report.csv']);
});

test('one session sees nothing of another', async () => {
  const [alice, bob] = [new Artifacts(root, 'alice'), new Artifacts(root, 'bob')];
  await alice.put(text('a.txt'));
  expect(await bob.list()).toEqual([]);
  await expect(bob.read('a.txt')).rejects.toThrow('There is no artifact "a.txt".');
});

test('they outlive the gateway and go with the session', async () => {
  const before = new Artifacts(root, 'session');
  await before.put(text('a.txt'));
  await before.put({ name: 'b.png', mimeType: 'image/png', data: 'png' });
  await new Artifacts(root, 'gone').put(text('c.txt'));
  await clearArtifacts(root, ['session']);
  const after = new Artifacts(root, 'session');
  expect((await after.list()).map(({ name, mimeType }) => [name, mimeType])).toEqual([
    ['a.txt', 'text/plain'],
    ['b.png', 'image/png'],
  ]);
  expect(files().sort()).toEqual(['a.txt', 'b.png']);
  await after.end();
  expect(readdirSync(root)).toEqual([]);
  await expect(after.put(text('d.txt'))).rejects.toThrow('This session has ended');
});

test('a file that is being written as the session ends is gone, too', async () => {
  const artifacts = new Artifacts(root, 'session');
  const writing = await artifacts.create('a.txt', 'text/plain');
  await writing.write(Buffer.from('text'));
  await artifacts.end();
  await expect(writing.finish()).rejects.toThrow('This session has ended');
  expect(readdirSync(root)).toEqual([]);
});

test('whoever wants to hears of each that comes or goes', async () => {
  const artifacts = new Artifacts(root, 'session');
  let heard = 0;
  const stop = artifacts.onChange(() => {
    heard += 1;
  });
  await artifacts.put(text('a.txt'));
  await artifacts.delete(['a.txt', 'nothing.txt']);
  expect(heard).toBe(2);
  stop();
  await artifacts.put(text('b.txt'));
  expect(heard).toBe(2);
});
