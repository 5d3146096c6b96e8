import { describe, expect, it } from 'vitest';
import { adapt, type Surroundings } from '../../../src/supervisor/browser/surroundings.ts';

const desktop: Surroundings = {
  platform: 'linux',
  root: false,
  display: true,
  container: false,
  userNamespaces: true,
  shm: 8 * 1024 ** 3,
};

describe('adapt', () => {
  it('changes nothing on a desktop', () => {
    expect(adapt(desktop, null)).toEqual({ headless: false, noSandbox: false, smallShm: false, notes: [] });
  });

  it('runs headless without a display, and says so only where the user did not', () => {
    expect(adapt({ ...desktop, display: false }, null)).toMatchObject({
      headless: true,
      notes: [expect.stringContaining('no display')],
    });
    expect(adapt({ ...desktop, display: false }, true)).toMatchObject({ headless: true, notes: [] });
    expect(adapt({ ...desktop, display: false }, false)).toMatchObject({ headless: false, notes: [] });
    expect(adapt(desktop, true)).toMatchObject({ headless: true, notes: [] });
  });

  it('drops the sandbox for root on Linux alone', () => {
    expect(adapt({ ...desktop, root: true }, null)).toMatchObject({
      noSandbox: true,
      notes: [expect.stringContaining('root')],
    });
    expect(adapt({ ...desktop, root: true, platform: 'darwin' }, null).noSandbox).toBe(false);
  });

  it('drops the sandbox where a container forbids it, never on a machine', () => {
    const forbidden = { ...desktop, userNamespaces: false };
    expect(adapt({ ...forbidden, container: true }, null)).toMatchObject({
      noSandbox: true,
      notes: [expect.stringContaining('container')],
    });
    expect(adapt(forbidden, null).noSandbox).toBe(false);
  });

  it('avoids a small /dev/shm: Docker’s 64 MiB are', () => {
    expect(adapt({ ...desktop, shm: 64 * 1024 ** 2 }, null)).toMatchObject({
      smallShm: true,
      notes: [expect.stringContaining('64 MiB')],
    });
    expect(adapt({ ...desktop, shm: null }, null).smallShm).toBe(false);
  });
});
