import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inFull } from '../../../helpers/full.ts';
import { RawClient } from '../raw-client.ts';
import { ACTIVE, forEach, staged } from './cast.ts';
import { answersTo, chromesWords, victimOf } from './ids.ts';
import { RawMember, type Tab } from './members.ts';
import { painting, popupByClick, slowPrompt, underRoute, untrusted, whoSeesWhom } from './probes.ts';
import { REFERENCES } from './references.ts';
import { Stage } from './stage.ts';

const nobody = {
  alice: [],
  anna: [],
  bob: [],
  bert: [],
  ray: [],
  'idle-playwright': [],
  'idle-puppeteer': [],
};

describe.each(inFull(['tabs', 'context'], ['tabs']))('everybody at once, isolated by %s', (mode) => {
  const cast = staged(mode);

  it('sees none of the others’ pages, frames, workers and events', async () => {
    expect(await whoSeesWhom(cast())).toEqual(nobody);
  });

  it.each(['root', 'page'] as const)(
    'is told on its %s session what Chrome says of what is not there',
    async (on) => {
      const { stage } = cast();
      const victim = await victimOf(stage);
      const thief = await stage.raw();
      const tab = on === 'page' ? await thief.open() : null;
      expect(await answersTo(thief, tab, victim.ids)).toEqual(await chromesWords(stage, on, victim.ids));

      expect(await victim.tab.evaluate('document.visibilityState + window.hit')).toBe('visibleundefined');
      const contexts = await victim.member.client.call('Target.getBrowserContexts');
      expect(contexts.result.browserContextIds).toEqual([victim.ids.browserContextId]);
      await Promise.all([thief, victim.member].map((member) => member[Symbol.asyncDispose]()));
    },
  );

  it('answers its own prompt, however long it takes', async () => {
    const { alice, bob, ray } = cast();
    const own = 'its own answer';
    expect(await Promise.all([alice, bob, ray].map(slowPrompt))).toEqual([own, own, own]);
  });

  it('has its requests answered by the server, not by another’s context.route', async () => {
    expect(await underRoute(cast())).toEqual({ ...forEach('real'), alice: 'hijacked' });
  });

  it.each(['#open', '#link'] as const)(
    'gets the popup of its click on %s at once, and alone',
    async (selector) => {
      const { alice, bob, site } = cast();
      for (const member of [alice, bob]) {
        const popup = await popupByClick(member, cast(), selector);
        const kind = selector === '#open' ? 'open' : 'noopener';
        expect(popup).toMatchObject({
          url: `${site.page('/popup', member.name)}&kind=${kind}`,
          title: `popup of ${member.name}`,
        });
        // Behind somebody else’s tab it would time out.
        expect(popup.ms).toBeLessThan(5000);
      }
      const seen = await Promise.all(cast().active.map((member) => member.sees()));
      const whose = seen.map((urls) => [...new Set(urls.filter((url) => url.includes('/popup')))]);
      const own = (who: string) => expect.arrayContaining([expect.stringContaining(`who=${who}`)]);
      expect(whose).toEqual([own('alice'), [], own('bob'), [], []]);
      for (const urls of whose) expect(urls.length).toBeLessThanOrEqual(2);
    },
  );

  it('paints its front page while the others paint theirs', async () => {
    const { bob, ray, site } = cast();
    const tabs: (Tab & { bringToFront?(): unknown })[] = [];
    for (const member of [bob, ray]) tabs.push(await member.open(site.page('/', member.name)));
    await tabs[0]?.bringToFront?.();
    for (const { frames, visibility } of await painting(tabs)) {
      expect(visibility).toBe('visible');
      expect(frames).toBeGreaterThan(30);
    }
    await Promise.all(tabs.map((tab) => tab.close()));
  });

  it('has no page behind another of its own', async () => {
    const { ray, site } = cast();
    const back = await ray.open(site.page('/', 'ray'));
    const front = await ray.open(site.page('/', 'ray'));
    const [behind, before] = await painting([back, front]);
    expect(before).toMatchObject({ visibility: 'visible' });
    expect(behind).toMatchObject({ visibility: 'visible' });
    await Promise.all([back.close(), front.close()]);
  });

  it('closes the browser for itself alone', async () => {
    const { stage, active } = cast();
    const { site } = stage;
    const named = await stage.puppeteer();
    const anonymous = await RawMember.on('anonymous', await RawClient.connect(stage.anonymous));
    await Promise.all([named, anonymous].map((member) => member.open(site.page('/', member.name))));
    await named.browser.close();
    expect((await anonymous.client.call('Browser.close')).result).toEqual({});
    expect(await anonymous.client.closed).toMatchObject({ code: 1000 });
    for (const member of active) {
      const tab = await member.open(site.page('/', member.name));
      expect(await tab.evaluate("document.querySelector('h1').textContent")).toBe('real');
      await tab.close();
    }
    await using direct = await RawClient.connect(stage.chrome.endpoint.wsUrl);
    const open = async () => {
      const { result } = await direct.call('Target.getTargets');
      return result.targetInfos.map(({ url }: { url: string }) => url);
    };
    await expect.poll(open).not.toContain(site.page('/', 'anonymous'));
    await expect.poll(open).not.toContain(site.page('/', named.name));
  });

  it('has its trace to the end when another asks for one, in Chrome’s words, and leaves', async () => {
    const { stage, ray } = cast();
    const late = await stage.raw();
    const started = {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: ['blink.user_timing'] },
    };
    expect((await ray.client.call('Tracing.start', started)).error).toBeUndefined();
    expect((await late.client.call('Tracing.start', started)).error).toEqual({
      code: -32000,
      message: 'Tracing has already been started (possibly in another tab).',
    });
    expect((await late.client.call('Tracing.end')).error).toEqual({
      code: -32000,
      message: 'Tracing is not started',
    });
    await late[Symbol.asyncDispose]();
    const tab = await ray.open(stage.site.page('/', 'ray'));
    await tab.evaluate("performance.mark('the mark of ray')");
    expect((await ray.client.call('Tracing.end')).error).toBeUndefined();
    await ray.client.heard(({ method }) => method === 'Tracing.tracingComplete');
    const data = ray.client.frames.filter(({ method }) => method === 'Tracing.dataCollected');
    expect(JSON.stringify(data)).toContain('the mark of ray');
    expect(late.client.frames.filter(({ method }) => method?.startsWith('Tracing.'))).toEqual([]);
    await tab.close();
  });

  it('trusts no certificate because another wants to', async () => {
    const { stage, site } = cast();
    const [trusting, careful] = [await stage.raw(), await stage.raw()];
    await trusting.client.call('Security.setIgnoreCertificateErrors', { ignore: true });
    expect(await untrusted(careful, site)).toBe('net::ERR_CERT_AUTHORITY_INVALID');
    expect(await untrusted(trusting, site)).toBe('');
    await Promise.all([trusting, careful].map((member) => member[Symbol.asyncDispose]()));
  });

  it('leaves the idle bystanders with nothing but their own first tab', async () => {
    const { idlePlaywright, idlePuppeteer, stage } = cast();
    expect(await idlePlaywright.sees()).toEqual(['about:blank']);
    expect(idlePlaywright.browser.contexts()).toHaveLength(1);
    const types = idlePuppeteer.browser.targets().map((target) => target.type());
    expect(types.sort()).toEqual(['browser', 'page']);
    expect((await idlePuppeteer.sees()).filter((url) => url !== '' && url !== 'about:blank')).toEqual([]);
    expect(await idlePuppeteer.browser.pages()).toHaveLength(1);
    const fresh = await stage.raw();
    const tab = await fresh.open();
    const seen = new Map((await fresh.targets()).map(({ targetId, type }) => [targetId, type]));
    expect([...seen.values()].sort()).toEqual(['browser', 'page', 'page', 'tab', 'tab']);
    await tab.close();
    await fresh[Symbol.asyncDispose]();
  });
});

describe.runIf(REFERENCES).each(['none', 'direct'] as const)(
  'for reference: everybody at once, %s',
  (mode) => {
    const cast = staged(mode);

    it('sees everybody else', async () => {
      const seen = await whoSeesWhom(cast());
      for (const name of Object.keys(nobody)) {
        expect(seen[name]).toEqual(ACTIVE.filter((each) => each !== name));
      }
    });

    it('reaches what is another’s', async () => {
      const { stage } = cast();
      const victim = await victimOf(stage);
      const thief = await stage.raw();
      const answers = await answersTo(thief, null, victim.ids);
      // Both of these would need more than a name: one session alone, and a download.
      const refused = Object.keys(answers).filter((method) => !answers[method]?.message.startsWith('done: '));
      expect(refused).toEqual(['Target.sendMessageToTarget', 'Browser.cancelDownload']);
      await Promise.all([thief, victim.member].map((member) => member[Symbol.asyncDispose]()));
    });

    it('has its prompts dismissed by a Playwright that looks on', async () => {
      expect(await slowPrompt(cast().bob)).toBe(null);
    });

    it('has its requests answered by another’s context.route', async () => {
      expect(await underRoute(cast())).toEqual(forEach('hijacked'));
    });

    it('trusts a certificate because another wants to', async () => {
      const { stage, site } = cast();
      const [trusting, careful] = [await stage.raw(), await stage.raw()];
      await trusting.client.call('Security.setIgnoreCertificateErrors', { ignore: true });
      expect(await untrusted(careful, site)).toBe('');
      await Promise.all([trusting, careful].map((member) => member[Symbol.asyncDispose]()));
    });
  },
);

describe.runIf(REFERENCES)('for reference: two raw clients alone on Chrome', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start('direct');
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it('a page of one puts the other’s into the background', async () => {
    await using first = await stage.raw();
    await using second = await stage.raw();
    const tabs = [await first.open(stage.site.page('/', '1')), await second.open(stage.site.page('/', '2'))];
    const [back, front] = await painting(tabs);
    expect(back).toEqual({ frames: 0, visibility: 'hidden' });
    expect(front).toMatchObject({ visibility: 'visible' });
    expect(front?.frames).toBeGreaterThan(30);
  });
});
