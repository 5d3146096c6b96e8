import puppeteer from 'puppeteer-core';
import { expect, it } from 'vitest';
import { evaluate, execute } from '../helpers/execute.ts';
import { cdpHub, Home, Hub, until } from '../helpers/hub.ts';

/** Ids of the pages that discovery shows there; none while nobody answers. */
async function pages(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/json/list`).catch(() => null);
  if (answer?.status !== 200) return [];
  const targets = (await answer.json()) as { id: string; type: string }[];
  return targets.filter(({ type }) => type === 'page').map(({ id }) => id);
}

it('a further port leads to its workspace, which is found again with its tabs after a gateway SIGKILL', async () => {
  await using hub = await Hub.up(new Home(), ['--listen', '0=workspace:alice,isolation:context']);
  const [listen = { workspace: '', url: '' }] = hub.urls.listen;
  expect(listen.workspace).toBe('alice');
  await execute(listen.url, evaluate('document.cookie'));
  const anonymous = await puppeteer.connect({ browserWSEndpoint: hub.urls.cdp });
  const page = await anonymous.newPage();
  const { targetInfo } = await (await page.createCDPSession()).send('Target.getTargetInfo');
  const alices = await pages(listen.url);
  expect(alices).toHaveLength(1);
  expect(await pages(`${hub.urls.gateway}/w/alice`)).toEqual(alices);
  expect(await pages(hub.urls.gateway)).not.toContain(alices[0]);
  const all = () => pages(hub.urls.browser);
  expect(await all()).toEqual(expect.arrayContaining([...alices, targetInfo.targetId]));

  const status = await cdpHub(hub.home, 'status');
  expect(status.stdout).toMatch(/http alice {2}workspace alice, context {2}/);
  expect(status.stdout).toContain(`listen    ${listen.url}  workspace alice`);

  process.kill(hub.pids.gateway ?? 0, 'SIGKILL');
  await hub.back('gateway', hub.pids.gateway);
  await until('alice’s tab is there again', async () => (await pages(listen.url)).length > 0);
  expect(await pages(listen.url)).toEqual(alices);
  // A workspace without a name has nobody who could come back to it.
  await until('the other tab is closed', async () => !(await all()).includes(targetInfo.targetId));
  await anonymous.disconnect();
});

it('a second `up` joins where its --listen and --isolation are what there is, and is refused where not', async () => {
  await using hub = await Hub.up(new Home(), ['--isolation', 'context', '--listen', '0=workspace:alice']);
  const port = new URL(hub.urls.listen[0]?.url ?? '').port;
  const up = (...flags: string[]) => cdpHub(hub.home, 'up', '--detach', '--json', ...flags);
  expect((await up('--listen', `${port}=workspace:alice`, '--isolation', 'context')).code).toBe(0);
  const refused = await up('--listen', `${port}=workspace:bob`, '--keep-tabs');
  expect(refused.code).toBe(3);
  expect(refused.stderr).toContain(`--listen ${port}=workspace:bob, it has ${port}=workspace:alice`);
  expect(refused.stderr).toContain('--keep-tabs true, it has false');
});
