import { afterAll, describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, site } from './agent.ts';

const gateway = await gatewayOn(await Chrome.start());
const agent = await Agent.connect(gateway);
const own = await Agent.connect(gateway, 'isolation=context', 'own cookies');
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await own[Symbol.asyncDispose]();
});

const HEAD = '<meta name=viewport content="width=device-width"><link rel=icon href="data:,">';
const seen: { agent: string; custom: string; language: string }[] = [];
const web = await site({
  '/a': (request, response) => {
    const {
      'user-agent': agent = '',
      'x-custom': custom = '',
      'accept-language': language = '',
    } = request.headers;
    seen.push({ agent, custom: String(custom), language });
    response.setHeader('content-type', 'text/html');
    response.end(`<title>a</title>${HEAD}`);
  },
  '/b': `<title>b</title>${HEAD}`,
  '/held': `<title>held</title>${HEAD}<button>Type</button><script>onbeforeunload = (e) => { e.preventDefault(); return 'stay' }</script>`,
  '/host': (_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`${HEAD}<iframe src="http://localhost:${response.socket?.localPort}/far"></iframe>`);
  },
  '/far': `<script>top.postMessage([matchMedia('(prefers-color-scheme: dark)').matches, Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.userAgent], '*')</script>`,
});

const go = (path: string, base = web.url) => agent.call('navigate_page', { url: `${base}${path}` });
const emulate = (args: object = {}) => agent.call('emulate', args);
const LOOK = `({ width: innerWidth, height: innerHeight, ratio: devicePixelRatio, touch: navigator.maxTouchPoints > 0,
  dark: matchMedia('(prefers-color-scheme: dark)').matches, zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  locale: Intl.DateTimeFormat().resolvedOptions().locale, agent: navigator.userAgent, online: navigator.onLine })`;
const look = async (who = agent) => (await who.value(LOOK)) as Record<string, unknown>;

describe('emulate', () => {
  test('sets everything, which stays over navigations to other sites, until another call', async () => {
    await go('/a');
    const before = await look();
    const said = await emulate({
      viewport: '390x844x3,mobile,touch',
      colorScheme: 'dark',
      timezone: 'Asia/Tokyo',
      locale: 'de-DE',
      userAgent: 'Robot/1.0',
      extraHttpHeaders: '{"X-Custom":"yes"}',
      cpuThrottlingRate: 2,
      networkConditions: 'Fast 4G',
      geolocation: '52.52,13.40',
    });
    expect(said).toBe(
      'Emulated on page 1: viewport 390x844x3,mobile,touch; network Fast 4G; processor 2 times slower; ' +
        'colour scheme dark; geolocation 52.52,13.4; user agent "Robot/1.0"; timezone Asia/Tokyo; locale de-DE; ' +
        'headers X-Custom.\nThe page was loaded anew for it.',
    );
    const wanted = {
      width: 390,
      height: 844,
      ratio: 3,
      touch: true,
      dark: true,
      zone: 'Asia/Tokyo',
      locale: 'de-DE',
      agent: 'Robot/1.0',
    };
    expect(await look()).toMatchObject(wanted);
    await go('/a');
    expect(seen.at(-1)).toMatchObject({
      agent: 'Robot/1.0',
      custom: 'yes',
      language: expect.stringMatching(/^de-DE/),
    });
    await go('/a', web.other);
    expect(await look()).toMatchObject(wanted);
    expect(seen.at(-1)).toMatchObject({ custom: 'yes' });

    expect(await emulate({ colorScheme: 'dark' })).toBe(
      'Emulated on page 1: colour scheme dark; headers X-Custom.\nThe page was loaded anew for it.',
    );
    expect(await look()).toMatchObject({ ...before, dark: true });
    expect(await emulate({ extraHttpHeaders: '' })).toBe('Nothing is emulated on page 1.');
    await go('/a');
    expect(await look()).toEqual(before);
    expect(seen.at(-1)).toMatchObject({ agent: before.agent, custom: '' });
  });

  test('takes the page offline and back', async () => {
    await go('/b');
    await emulate({ networkConditions: 'Offline' });
    expect(await look()).toMatchObject({ online: false });
    expect(await agent.fails('navigate_page', { url: `${web.url}/a` })).toContain(
      'ERR_INTERNET_DISCONNECTED',
    );
    await emulate();
    await go('/a');
    expect(await look()).toMatchObject({ online: true });
  });

  test('reaches frames of another site', async () => {
    await emulate({ colorScheme: 'dark', timezone: 'Asia/Tokyo', userAgent: 'Robot/2.0' });
    await agent.call('new_page', { url: 'about:blank' });
    await agent.call('select_page', { pageId: 1 });
    await go('/b');
    await agent.call('evaluate_script', {
      function: `() => { onmessage = ({ data }) => { document.title = JSON.stringify(data) };
        document.body.innerHTML = '<iframe src="${web.other}/far"></iframe>' }`,
    });
    await expect.poll(() => agent.value('document.title')).toBe('[true,"Asia/Tokyo","Robot/2.0"]');
    await emulate();
  });

  test('touches no page of another session, and no other of its own', async () => {
    await using other = await Agent.connect(gateway);
    await other.call('navigate_page', { url: `${web.url}/b` });
    await agent.call('new_page', { url: `${web.url}/b` });
    const before = await look(other);
    await agent.call('select_page', { pageId: 1 });
    await go('/b');
    await emulate({
      viewport: '400x300x2',
      colorScheme: 'dark',
      timezone: 'Asia/Tokyo',
      networkConditions: 'Offline',
    });
    expect(await look()).toMatchObject({ width: 400, dark: true, online: false });
    expect(await look(other)).toEqual(before);
    await other.call('navigate_page', { type: 'reload' });
    expect(await look(other)).toEqual(before);
    const { text = '' } = {
      text: await agent.call('evaluate_script', { pageId: 2, function: `() => (${LOOK})` }),
    };
    expect(JSON.parse(text)).toMatchObject({ dark: before.dark, online: true });
    await emulate();
  });

  test('gives a place to a page that may ask for it', async () => {
    await own.call('navigate_page', { url: `${web.url}/b` });
    await own.call('emulate', { geolocation: '52.52,13.40' });
    const asked = 'navigator.permissions.query({ name: "geolocation" }).then(({ state }) => state)';
    expect(await own.call('evaluate_script', { function: `() => ${asked}` })).toBe('"granted"');
    const where = `() => new Promise((is) => navigator.geolocation.getCurrentPosition(({ coords }) => is([coords.latitude, coords.longitude]), (e) => is(e.message)))`;
    expect(await own.call('evaluate_script', { function: where })).toBe('[52.52,13.4]');
  });

  test.each([
    [
      { viewport: 'wide' },
      '"wide" is no viewport; nothing was changed. Call emulate with one such as 390x844x3',
    ],
    [{ viewport: '10x10x1,tall' }, 'is no viewport'],
    [{ geolocation: '91,0' }, '"91,0" is no geolocation; nothing was changed.'],
    [{ extraHttpHeaders: '[1]' }, '"[1]" is no extraHttpHeaders; nothing was changed.'],
    [{ timezone: 'Mars/Base' }, 'The browser does not take it: Invalid timezone'],
    [{ locale: 'not a locale' }, 'The browser does not take it: '],
    [{ networkConditions: '5G' }, 'networkConditions: '],
    [{ pageId: 99 }, 'There is no page 99'],
  ])('refuses %j in words', async (args, words) => {
    expect(await agent.fails('emulate', args)).toContain(words);
  });

  test('tells of the dialog by which the page wants to stay', async () => {
    await go('/held');
    await agent.call('click', { uid: await agent.uid('Type') });
    expect(await emulate({ viewport: '390x844x3,mobile' })).toContain('A beforeunload dialog is open');
    expect(await agent.fails('emulate', {})).toContain('Call handle_dialog');
    await agent.call('handle_dialog', { action: 'accept' });
    await go('/b');
    expect(await look()).toMatchObject({ width: 390 });
    await emulate();
  });
});

describe('resize_page', () => {
  test('gives the content these dimensions, and no other page', async () => {
    await using other = await Agent.connect(gateway);
    await other.call('navigate_page', { url: `${web.url}/b` });
    const before = await look(other);
    await go('/b');
    expect(await agent.call('resize_page', { width: 640, height: 480 })).toBe('Page 1 is 640x480 now.');
    expect(await look()).toMatchObject({ width: 640, height: 480 });
    expect(await look(other)).toEqual(before);
    await go('/a', web.other);
    expect(await look()).toMatchObject({ width: 640, height: 480 });
  });

  test('is the size of the viewport while one is emulated', async () => {
    await go('/b');
    await emulate({ viewport: '300x200x2' });
    expect(await agent.call('resize_page', { width: 310, height: 210 })).toContain(
      'The emulated viewport of page 1 is 310x210x2 now.',
    );
    expect(await look()).toMatchObject({ width: 310, height: 210, ratio: 2 });
    await emulate();
    expect(await agent.fails('resize_page', { width: 0, height: 1 })).toContain('width: ');
  });

  test('emulates what no window can be', async () => {
    await go('/b');
    const said = await agent.call('resize_page', { width: 8, height: 8 });
    expect(said).toContain('Page 1 is 8x8 now');
    expect(await look()).toMatchObject({ width: 8, height: 8 });
    await emulate();
  });
});
