import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { RawClient } from './raw-client.ts';

const gateway = await gatewayOn(await Chrome.start());

const CRASHED = /the tab crashed/;

test('Puppeteer: what waits and what comes after a crash fails at once; reload, goto and close work', async () => {
  const browser = await puppeteer.connect({ browserWSEndpoint: gateway.cdp });
  const page = await browser.newPage();
  const crash = async () => {
    const told = new Promise((resolve) => page.once('error', resolve));
    const session = await page.createCDPSession();
    session.send('Page.crash').catch(() => {});
    await told;
  };
  const pending = expect(page.evaluate('new Promise(() => {})')).rejects.toThrow(CRASHED);
  await crash();
  await pending;
  await expect(page.evaluate('1')).rejects.toThrow(CRASHED);
  await expect(page.setUserAgent({ userAgent: 'x' })).rejects.toThrow(CRASHED);
  await page.reload();
  expect(await page.evaluate('1 + 1')).toBe(2);
  await crash();
  await page.goto('data:text/html,<title>back</title>');
  expect(await page.title()).toBe('back');
  await crash();
  await page.close();
  expect(await (await browser.newPage()).evaluate('3')).toBe(3);
  await browser.disconnect();
});

test('Playwright: as on Chrome itself, and its own CDP sessions fail instead of hanging', async () => {
  const browser = await chromium.connectOverCDP(gateway.cdp);
  const [context] = browser.contexts();
  if (!context) throw new Error('no context');
  const page = await context.newPage();
  const told = new Promise((resolve) => page.once('crash', resolve));
  const pending = expect(page.evaluate('new Promise(() => {})')).rejects.toThrow('Target crashed');
  const session = await context.newCDPSession(page);
  session.send('Page.crash').catch(() => {});
  await told;
  await pending;
  await expect(session.send('Runtime.evaluate', { expression: '1' })).rejects.toThrow(CRASHED);
  await page.close();
  expect(await (await context.newPage()).evaluate('3')).toBe(3);
  await browser.close();
});

test('who comes to a tab that has crashed can connect, and have it back', async () => {
  const endpoint = `${gateway.cdp}?workspace=late`;
  const url = 'data:text/html,<title>mine</title>';
  await using first = await RawClient.connect(endpoint);
  const { targetId } = (await first.call('Target.createTarget', { url })).result;
  const { sessionId } = (await first.call('Target.attachToTarget', { targetId, flatten: true })).result;
  await expect
    .poll(async () => {
      await first.call('Runtime.evaluate', { expression: '1' }, sessionId);
      first.say({ id: 9000, method: 'Page.crash', sessionId });
      // Chrome crashes no page that is still loading.
      const said = await first.heard(
        (frame) => frame.id === 9000 || frame.method === 'Inspector.targetCrashed',
      );
      first.frames.splice(0);
      return said.method ?? said.error?.message;
    })
    .toMatch(/targetCrashed|the tab crashed/);
  await first.call('Target.detachFromTarget', { sessionId });

  const again = (await first.call('Target.attachToTarget', { targetId, flatten: true })).result;
  const late = await first.call('Runtime.evaluate', { expression: '1' }, again.sessionId);
  expect(late.error?.message).toBe('cdp-hub: the tab crashed; Runtime.evaluate was not answered');

  const playwright = await chromium.connectOverCDP(endpoint);
  expect(await (await playwright.contexts()[0]?.newPage())?.evaluate('4')).toBe(4);
  await playwright.close();
  const browser = await puppeteer.connect({ browserWSEndpoint: endpoint });
  const pages = await browser.pages();
  const mine = pages.find((page) => page.url() === url);
  await mine?.reload();
  expect(await mine?.title()).toBe('mine');
  await browser.disconnect();
});

test('what ends the whole browser on a crashed tab is refused there, and works again after a reload', async () => {
  await using bystander = await RawClient.connect(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  const { targetId } = (await client.call('Target.createTarget', { url: 'about:blank' })).result;
  const { sessionId } = (await client.call('Target.attachToTarget', { targetId, flatten: true })).result;
  await client.call('Runtime.evaluate', { expression: '1' }, sessionId);
  client.say({ id: 9000, method: 'Page.crash', sessionId });
  await client.heard(({ method }) => method === 'Inspector.targetCrashed');
  const late = (await client.call('Target.attachToTarget', { targetId, flatten: true })).result;
  for (const session of [sessionId, late.sessionId]) {
    for (const [method, params] of DEADLY) {
      const { error } = await client.call(method, params, session);
      expect(error?.message).toBe(`cdp-hub: the tab crashed; ${method} was not sent: reload it first`);
    }
  }
  await client.call('Page.reload', {}, sessionId);
  const pdf = await client.call('Page.printToPDF', {}, sessionId);
  expect(pdf.result?.data.length, JSON.stringify(pdf.error)).toBeGreaterThan(100);
  expect((await bystander.call('Browser.getVersion')).result.product).toContain('Chrome/');
});

const DEADLY: [method: string, params: object][] = [
  ['Page.printToPDF', {}],
  ['Input.synthesizeTapGesture', { x: 1, y: 1 }],
  ['Input.synthesizeScrollGesture', { x: 1, y: 1 }],
  ['Input.synthesizePinchGesture', { x: 1, y: 1, scaleFactor: 1 }],
];
