import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { type Frame, RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

/** The page in a tab of Chromium itself, past the gateway: whatever it asks for, breaks and logs is heard. */
class DocsPage implements AsyncDisposable {
  readonly #client: RawClient;

  private constructor(client: RawClient) {
    this.#client = client;
  }

  static async open(url: string): Promise<DocsPage> {
    const made = await fetch(`${chrome.url}/json/new?about:blank`, { method: 'PUT' });
    const { webSocketDebuggerUrl } = (await made.json()) as { webSocketDebuggerUrl: string };
    const client = await RawClient.connect(webSocketDebuggerUrl);
    for (const domain of ['Page', 'Runtime', 'Network', 'Log', 'Audits'])
      await client.call(`${domain}.enable`);
    await client.call('Emulation.setDeviceMetricsOverride', {
      width: 1100,
      height: 1400,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await client.call('Page.navigate', { url });
    return new DocsPage(client);
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#client.call('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (result.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails));
    return result.result.value;
  }

  /** A real click in the middle of what the selector finds first. */
  async click(selector: string): Promise<void> {
    await expect
      .poll(() => this.evaluate(`!!document.querySelector(${JSON.stringify(selector)})`))
      .toBe(true);
    const { x, y } = (await this.evaluate(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: 'center', behavior: 'instant' });
      const box = element.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    })()`)) as { x: number; y: number };
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.#client.call('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  }

  async picture(file: string): Promise<void> {
    const { result } = await this.#client.call('Page.captureScreenshot', { format: 'png' });
    writeFileSync(file, Buffer.from(result.data, 'base64'));
  }

  heard(...methods: string[]): Frame['params'][] {
    return this.#client.frames
      .filter(({ method }) => methods.includes(method ?? ''))
      .map(({ params }) => params);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.call('Page.close').catch(() => {});
    await this.#client[Symbol.asyncDispose]();
  }
}

/** What broke the policy; of the other issues, some are about forms. */
function violations(page: DocsPage): Frame['params'][] {
  return page
    .heard('Audits.issueAdded')
    .map(({ issue }) => issue)
    .filter(({ code }) => code === 'ContentSecurityPolicyIssue');
}

const EXECUTE = '#operations-Commands-post_execute';

test('the page loads offline, tries out /execute, and its policy is never broken', async () => {
  await using page = await DocsPage.open(`${gateway.url}/docs`);
  await page.click(`${EXECUTE} .opblock-summary-control`);
  await page.click(`${EXECUTE} .try-out__btn`);
  expect(await page.evaluate(`document.querySelector('${EXECUTE} .body-param__text').value`)).toContain(
    'Runtime.evaluate',
  );
  await page.click(`${EXECUTE} .execute`);
  const shown = () =>
    page.evaluate(
      `document.querySelector('${EXECUTE} .live-responses-table .response .microlight')?.textContent ?? ''`,
    );
  await expect.poll(shown).toContain('"value": 42');
  expect(JSON.parse(String(await shown()))).toEqual({
    id: 1,
    result: { result: { type: 'number', value: 42, description: '42' } },
    error: null,
  });
  if (process.env.CDP_HUB_TEST_PICTURE) {
    await page.evaluate(`document.querySelector('${EXECUTE}').scrollIntoView()`);
    await page.picture(process.env.CDP_HUB_TEST_PICTURE);
  }

  const requests = page.heard('Network.requestWillBeSent').map(({ request }) => request.url as string);
  expect(requests.length).toBeGreaterThan(4);
  expect(requests.filter((url) => !url.startsWith(`${gateway.url}/`) && !url.startsWith('data:'))).toEqual(
    [],
  );
  expect(page.heard('Log.entryAdded', 'Runtime.exceptionThrown')).toEqual([]);
  expect(violations(page)).toEqual([]);
  expect(page.heard('Runtime.consoleAPICalled').filter(({ type }) => type === 'error')).toEqual([]);
});

test('a page of the hub that broke its policy would be heard', async () => {
  await using page = await DocsPage.open(`${gateway.url}/docs`);
  await expect.poll(() => page.evaluate(`!!document.querySelector('${EXECUTE}')`)).toBe(true);
  await page.evaluate(`(() => {
    const script = document.createElement('script');
    script.textContent = 'window.broken = true';
    document.head.append(script);
    const picture = new Image();
    picture.src = 'http://192.0.2.1/x.png';
  })()`);
  expect(await page.evaluate('window.broken')).toBeUndefined();
  await expect.poll(() => page.heard('Log.entryAdded').length).toBeGreaterThanOrEqual(2);
  expect(violations(page)).toHaveLength(2);
  // Asked for, and stopped in the browser itself.
  expect(page.heard('Network.loadingFailed').map(({ blockedReason }) => blockedReason)).toEqual(['csp']);
});

test('under /w/NAME it tries out in that workspace', async () => {
  await using page = await DocsPage.open(`${gateway.url}/w/alice/docs`);
  await page.click(`${EXECUTE} .opblock-summary-control`);
  await page.click(`${EXECUTE} .try-out__btn`);
  await page.click(`${EXECUTE} .execute`);
  const asked = () =>
    page
      .heard('Network.requestWillBeSent')
      .filter(({ request }) => request.method === 'POST')
      .map(({ request }) => request.url);
  await expect.poll(asked).toEqual([`${gateway.url}/w/alice/execute`]);
});

test.each(['/docs', '/docs/', '/docs/start.js', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js'])(
  '%s runs nothing but its own files, and in no frame',
  async (path) => {
    const { status, headers } = await fetch(gateway.url + path);
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy')?.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy?.join()).not.toMatch(/unsafe|http|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  },
);

test('no other file of the package is served', async () => {
  for (const path of [
    '/docs/package.json',
    '/docs/swagger-ui.js',
    '/docs/%2e%2e/package.json',
    '/docs/x%2f..%2fLICENSE',
  ]) {
    expect((await fetch(gateway.url + path)).status).toBe(404);
  }
});
