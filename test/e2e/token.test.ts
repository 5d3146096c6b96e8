import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import { cdpHub, Home, Hub, until } from '../helpers/hub.ts';

const canary = () => `canary-${randomBytes(24).toString('hex')}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** All that files under this folder say, but for those named. */
function said(folder: string, but: readonly string[]): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !but.includes(name) && !name.startsWith('profiles'))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

/** What anybody sees of these processes and everything below them. */
function processes(pids: (number | null)[]): string {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      const stat = readOrNothing(`/proc/${pid}/stat`);
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return pids.includes(Number(pid)) || pids.includes(parent);
    })
    .map((pid) => readOrNothing(`/proc/${pid}/cmdline`) + readOrNothing(`/proc/${pid}/environ`))
    .join('\n');
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

describe('a hub with a token', () => {
  it('works for who has it, and shows it nowhere', async () => {
    const token = canary();
    const client = canary();
    await using hub = await Hub.up(new Home({ CDP_HUB_LOG_LEVEL: 'trace' }), ['--token', token]);
    const control = readFileSync(join(hub.home.path, 'control-token'), 'utf8').trim();
    expect(statSync(join(hub.home.path, 'control-token')).mode & 0o777).toBe(0o600);

    const seen: string[] = [];
    const get = async (path: string, headers = {}) => {
      const answer = await fetch(`${hub.urls.gateway}${path}`, { headers });
      const text = await answer.text();
      seen.push(text, [...answer.headers].join());
      return answer.status;
    };
    const browser = await puppeteer.connect({ browserURL: `${hub.urls.gateway}?token=${token}` });
    const page = await browser.newPage();
    expect(await page.evaluate('6 * 7')).toBe(42);
    for (const path of [
      '/stats',
      '/metrics',
      '/json/version',
      '/json/list',
      '/nothing',
      '/docs',
      '/openapi.json',
    ]) {
      expect([path, await get(path)]).toEqual([path, 401]);
      expect(await get(`${path}?token=${client}`)).toBe(401);
      expect(await get(path, bearer(token))).not.toBe(401);
      expect(await get(path, bearer(control))).not.toBe(401);
    }
    expect(await get('/health')).toBe(200);
    expect(await get('/json/version?token=x&token=y', bearer(token))).toBe(400);
    expect(await get('/api/v2/clients', bearer(token))).toBe(401);
    expect(await get('/api/v2/clients', bearer(control))).not.toBe(401);

    const other = canary();
    const joined = await cdpHub(hub.home, 'up', '--json', '--no-tui', '--token', other);
    expect(joined.code).toBe(3);
    expect(joined.stderr).toContain('--token (not shown), it has another one');
    const status = await cdpHub(hub.home, 'status', '--json');
    const text = await cdpHub(hub.home, 'status');
    const shown = [
      ...seen,
      joined.stdout,
      joined.stderr,
      status.stdout,
      text.stdout,
      hub.stderr,
      JSON.stringify(hub.events),
      processes([hub.process.pid ?? 0, ...Object.values(hub.pids)]),
      said(hub.home.path, ['control-token']),
    ].join('\n');
    expect(shown).toContain('hub.ready');
    for (const secret of [token, client, control, other]) expect(shown.includes(secret)).toBe(false);

    await browser.disconnect();
    hub.process.kill('SIGTERM');
    await hub.exit;
    await until('the control token is gone', () => !existsSync(join(hub.home.path, 'control-token')));
  });

  it('may listen for everybody; without one it does not start, and says how', async () => {
    using closed = new Home();
    const refused = await cdpHub(closed, 'up', '--no-tui', '--host', '0.0.0.0');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--token auto')]);

    await using hub = await Hub.up(new Home({ CDP_HUB_TOKEN: 'auto' }), ['--host', '0.0.0.0']);
    const path = join(hub.home.path, 'token');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const token = readFileSync(path, 'utf8').trim();
    expect(hub.urls.gateway).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const version = await fetch(`${hub.urls.gateway}/json/version?token=${token}`);
    const { webSocketDebuggerUrl } = (await version.json()) as { webSocketDebuggerUrl: string };
    const browser = await puppeteer.connect({ browserWSEndpoint: webSocketDebuggerUrl });
    expect(await browser.version()).toContain('Chrome');
    await browser.disconnect();
    expect((await fetch(`${hub.urls.gateway}/json/version`)).status).toBe(401);
    const events = JSON.stringify(hub.events);
    expect([events.includes(path), events.includes(token)]).toEqual([true, false]);
  });
});
