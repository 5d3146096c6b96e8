import { expect, test } from 'vitest';
import { DownloadWishes, readDownloadWish } from '../../../../src/gateway/isolation/downloads.ts';
import { Workspace } from '../../../../src/gateway/isolation/workspace.ts';
import { fileNameOf } from '../../../../src/shared/file-name.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\windows\\system.ini', 'system.ini'],
  ['a/b/', 'download'],
  ['..', 'download'],
  ['.', 'download'],
  ['', 'download'],
  ['  ', 'download'],
  ['.bashrc', '_bashrc'],
  ['a\0b\r\n.txt', 'ab.txt'],
  ['gpj.\u202eexe', 'gpj.exe'],
  ['c:stream.txt', 'c_stream.txt'],
  ['trailing. . ', 'trailing'],
  ['name (1).tar.gz', 'name (1).tar.gz'],
  ['ünïcode 名前.txt', 'ünïcode 名前.txt'],
  ['\ud800.txt', '\ufffd.txt'],
])('the name %j of a page is the name %j in a folder', (suggested, name) => {
  expect(fileNameOf(suggested)).toBe(name);
});

test('a long name keeps what follows its last dot', () => {
  const name = fileNameOf(`${'é'.repeat(500)}.html`);
  expect(name).toMatch(/^é+\.html$/);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
  expect(fileNameOf(`a.${'b'.repeat(500)}`)).toHaveLength(200);
});

test('a behavior that needs a folder says so in Chrome’s words', () => {
  const error = { code: -32602, message: 'downloadPath not provided' };
  for (const behavior of ['allow', 'allowAndName']) {
    expect(readDownloadWish({ behavior })).toEqual(error);
    expect(readDownloadWish({ behavior, downloadPath: '' })).toEqual(error);
  }
  expect(readDownloadWish({})).toMatchObject({ code: -32602, message: 'Invalid parameters' });
  expect(readDownloadWish({ behavior: 'nope' })).toEqual({ place: null, eventsEnabled: false });
});

const workspace = (name: string, isolation: 'tabs' | 'none' = 'tabs') =>
  new Workspace({ name, named: true, isolation });

test('of several clients of a workspace the last counts that said where downloads go, while it is there', () => {
  const shared = workspace('shared');
  const [ann, bob] = [{ workspace: shared }, { workspace: shared }];
  const wishes = new DownloadWishes<{ workspace: Workspace }, string>();
  wishes.set(ann, 'RA', { place: { do: 'deny' } });
  wishes.set(bob, 'RB', { place: { do: 'leave' }, eventsEnabled: true });
  expect(wishes.placeOf(shared)).toEqual({ do: 'leave' });
  wishes.set(ann, 'RA', { place: null, eventsEnabled: true });
  expect(wishes.placeOf(shared)).toEqual({ do: 'leave' });
  wishes.left(bob);
  expect(wishes.placeOf(shared)).toEqual({ do: 'deny' });
  expect(wishes.placeOf(workspace('another'))).toEqual({ do: 'leave' });
  expect(wishes.placeOf(null)).toEqual({ do: 'leave' });
  wishes.left(ann);
  expect(wishes.any).toBe(false);
});

test('each hears of its own workspace; without isolation, of all that is not isolated', () => {
  const [tabs, open, open2] = [workspace('tabs'), workspace('open', 'none'), workspace('open2', 'none')];
  const wishes = new DownloadWishes<{ workspace: Workspace }, string>();
  wishes.set({ workspace: tabs }, 'RT', { place: null, eventsEnabled: true });
  wishes.set({ workspace: open }, 'RO', { place: null, eventsEnabled: true });
  const sessions = (owner: Workspace | null) => wishes.listeners(owner).map(({ session }) => session);
  expect(sessions(tabs)).toEqual(['RT']);
  expect(sessions(workspace('foreign'))).toEqual([]);
  for (const owner of [open, open2, null]) expect(sessions(owner)).toEqual(['RO']);
});
