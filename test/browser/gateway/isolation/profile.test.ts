import { describe, expect, it } from 'vitest';
import { inFull } from '../../../helpers/full.ts';
import { forEach, staged } from './cast.ts';
import {
  geolocation,
  grantOutlivesOther,
  loginSeen,
  playwrightDownloads,
  puppeteerDownloads,
} from './profile.ts';
import { REFERENCES } from './references.ts';

describe.each(inFull(['tabs', 'context'], ['context']))('what a profile has once, isolated by %s', (mode) => {
  const cast = staged(mode);

  it('downloads at once with the others, each into its own folder', async () => {
    const { alice, anna, bob, bert } = cast();
    const texts = await Promise.all([
      playwrightDownloads(alice, cast()),
      playwrightDownloads(anna, cast()),
      puppeteerDownloads(bob, cast()),
      puppeteerDownloads(bert, cast()),
    ]);
    expect(texts).toEqual([
      ['attachment for alice', 'plain for alice'],
      ['attachment for anna', 'plain for anna'],
      { files: ['attached.txt: attachment for bob', 'named.txt: plain for bob'], told: 2 },
      { files: ['attached.txt: attachment for bert', 'named.txt: plain for bert'], told: 2 },
    ]);
  });

  it('downloads whatever another has forbidden itself', async () => {
    const { alice, ray } = cast();
    await ray.client.call('Browser.setDownloadBehavior', { behavior: 'deny' });
    expect(await playwrightDownloads(alice, cast())).toEqual(['attachment for alice', 'plain for alice']);
    await ray.client.call('Browser.setDownloadBehavior', { behavior: 'default' });
  });

  it(
    mode === 'tabs' ? 'shares the logins of the profile' : 'has cookies and storage of its own',
    async () => {
      const others = mode === 'tabs' ? 'login=alice,alice' : ',';
      expect(await loginSeen(cast())).toEqual({
        ...forEach(others),
        alice: 'login=alice,alice',
        'cookies of anna': mode === 'tabs' ? 'login=alice' : '',
      });
    },
  );

  it(`grants permissions ${mode === 'tabs' ? 'in the profile, until nobody does' : 'to itself alone'}`, async () => {
    const { stage, bob, site } = cast();
    const outsider = await bob.open(site.page('/', 'bob'));
    const initial = await geolocation(outsider);
    expect(initial).not.toBe('granted');
    expect(await grantOutlivesOther(stage, outsider)).toEqual({
      before: 'granted',
      others: mode === 'tabs' ? 'granted' : initial,
      after: 'granted',
    });
    await expect.poll(() => geolocation(outsider)).toBe(initial);
    await outsider.close();
  });
});

describe.runIf(REFERENCES).each(['none', 'direct'] as const)(
  'what a profile has once, for reference: %s',
  (mode) => {
    const cast = staged(mode);

    it('has its downloads put elsewhere', async () => {
      const { bob, anna } = cast();
      const texts = await Promise.all([puppeteerDownloads(bob, cast()), playwrightDownloads(anna, cast())]);
      expect(texts).not.toEqual([
        { files: ['attached.txt: attachment for bob', 'named.txt: plain for bob'], told: 2 },
        ['attachment for anna', 'plain for anna'],
      ]);
    });

    it('has one login for all', async () => {
      const login = 'login=alice,alice';
      expect(await loginSeen(cast())).toEqual({ ...forEach(login), 'cookies of anna': 'login=alice' });
    });

    // The hub counts them in any mode.
    if (mode === 'none') return;
    it('loses a permission when another that granted it too leaves', async () => {
      const { stage, bob, site } = cast();
      const outsider = await bob.open(site.page('/', 'bob'));
      const { before, others, after } = await grantOutlivesOther(stage, outsider);
      expect([before, others]).toEqual(['granted', 'granted']);
      expect(after).not.toBe('granted');
    });
  },
);
