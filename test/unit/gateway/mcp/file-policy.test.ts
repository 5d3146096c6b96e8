import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Artifacts } from '../../../../src/gateway/mcp/browser/artifacts.ts';
import { FilePolicy } from '../../../../src/gateway/mcp/browser/file-policy.ts';

describe('the files that agents may have', () => {
  let root: string;
  let own: string;
  let artifacts: Artifacts;

  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'cdp-hub-files-')));
    for (const folder of ['plain/.git', 'given', 'given-not', 'state/logs', '.ssh'])
      await mkdir(join(root, folder), { recursive: true });
    for (const file of [
      'plain/a.txt',
      'plain/.env',
      'plain/.git/config',
      'given/b.txt',
      'given/.hidden',
      'given-not/c.txt',
      'state/token',
      'state/logs/hub.log',
      '.ssh/id',
    ])
      await writeFile(join(root, file), 'text');
    await symlink(join(root, '.ssh'), join(root, 'plain/keys'));
    await symlink(join(root, 'plain/a.txt'), join(root, '.linked'));
    await symlink(join(root, 'given'), join(root, 'other-name'));
    await symlink('/etc/hostname', join(root, 'given/out'));
    artifacts = new Artifacts(join(root, 'state/artifacts'), 'session');
    await artifacts.put({ name: 'own.txt', mimeType: 'text/plain', data: 'own' });
    own = await artifacts.path('own.txt');
  });
  afterAll(() => rm(root, { recursive: true }));

  const policy = (uploadDirs: string[] = [], remote = false) =>
    new FilePolicy({ uploadDirs, stateDir: join(root, 'state') }, artifacts, remote);
  const upload = async (path: string, from = policy()) =>
    from.file(path.startsWith('/') ? path : `${root}/${path}`).then(
      (file) => file.path.replace(`${root}/`, ''),
      (error: Error) => error.message.replace(`${root}/`, ''),
    );

  it('are all but hidden ones, those of the system and of the hub, where nobody named folders', async () => {
    expect(await policy().file(join(root, 'plain/a.txt'))).toEqual({
      path: join(root, 'plain/a.txt'),
      size: 4,
    });
    expect(await upload('.linked')).toBe('plain/a.txt');
    for (const path of ['plain/.env', 'plain/.git/config', '.ssh/id', 'state/token', 'state/logs/hub.log']) {
      expect(await upload(path)).toBe(`Agents may not upload ${path}.`);
    }
    // Behind links and dots lies the same file; and whether there is one is not told.
    for (const path of ['plain/keys/id', 'plain/../.ssh/id', '.ssh/none', 'plain/keys', 'state'])
      expect(await upload(path)).toBe(`Agents may not upload ${path}.`);
    for (const path of ['/etc/passwd', '/etc/none', '/proc/self/environ', '/dev/null', '/sys/kernel'])
      expect(await upload(path)).toBe(`Agents may not upload ${path}.`);
    expect(await upload('plain/none.txt')).toBe('There is no file plain/none.txt.');
    expect(await upload('plain/a.txt/b')).toBe('There is no file plain/a.txt/b.');
    expect(await upload('plain')).toBe('plain is no file.');
    await expect(policy().file('a.txt')).rejects.toThrow('a.txt is no absolute path.');
    await expect(policy().file('/etc/passwd')).rejects.toMatchObject({
      next: 'Ask the person who runs the hub to allow its folder with --upload-dir.',
    });
  });

  it('are those of the folders that were named, and no others', async () => {
    const given = policy([join(root, 'other-name')]);
    expect(await upload('given/b.txt', given)).toBe('given/b.txt');
    expect(await upload('given/.hidden', given)).toBe('given/.hidden');
    for (const path of ['plain/a.txt', 'given-not/c.txt', 'given/out', 'given/../plain/a.txt'])
      expect(await upload(path, given)).toBe(`Agents may not upload ${path}.`);
  });

  it('are those that the session has made itself, whoever it is', async () => {
    for (const from of [policy(), policy([join(root, 'given')]), policy([], true)])
      expect(await upload(own, from)).toBe(own.replace(`${root}/`, ''));
    const remote = policy([join(root, 'given')], true);
    for (const path of ['given/b.txt', 'plain/a.txt', 'plain/none.txt'])
      expect(await upload(path, remote)).toBe(`Agents may not upload ${path}.`);
    await expect(remote.file(join(root, 'plain/a.txt'))).rejects.toMatchObject({
      next: expect.stringContaining('another machine'),
    });
  });

  it('are the same where they are opened', async () => {
    const open = async (path: string, from = policy()) =>
      from.url(pathToFileURL(path).href).then(
        () => 'opened',
        (error: Error) => error.message,
      );
    expect(await open(join(root, 'plain/a.txt'))).toBe('opened');
    expect(await open(join(root, 'plain/none.txt'))).toBe('opened');
    for (const path of [join(root, 'plain/.env'), join(root, 'plain/keys/id'), '/etc/passwd', root])
      expect(await open(path)).toBe(`Agents may not open ${pathToFileURL(path).href}.`);
    expect(await open(join(root, 'given'), policy([join(root, 'given')]))).toBe('opened');
    for (const url of [
      'view-source:file:///etc/passwd',
      'FILE:///etc/passwd',
      'file://host/share',
      'file:///a%2Fb',
    ])
      await expect(policy().url(url)).rejects.toThrow(`Agents may not open ${url}.`);
    await policy([], true).url('https://example.com/file:');
  });
});
