import { describe, expect, it } from 'vitest';
import {
  corsOrigins,
  hostNames,
  rateLimit,
  rateText,
  refuseOpenBind,
} from '../../../src/shared/access-settings.ts';

const usage = (text: string) =>
  expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(text) });

describe('hostNames', () => {
  it('takes names, in any case', () =>
    expect(hostNames(['box.lan', 'Win-PC'])).toEqual(['box.lan', 'Win-PC']));

  it.each(['box.lan:9223', 'http://box.lan', '*', '*.lan', 'a b', ''])('refuses %j', (name) => {
    expect(() => hostNames([name])).toThrow(usage(`--allowed-hosts ${name}`));
  });

  it('names the flag that an origin is for', () => {
    expect(() => hostNames(['https://app.example'])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--cors-origin https://app.example') }),
    );
  });
});

describe('corsOrigins', () => {
  it.each(['https://app.example', 'http://127.0.0.1:3000', 'http://[::1]:8080', 'chrome-extension://abcdef'])(
    'takes %s',
    (origin) => expect(corsOrigins([origin])).toEqual([origin]),
  );

  it.each([
    'null',
    '*',
    'https://*.example',
    'app.example',
    'https://app.example/',
    'https://app.example:443',
    'https://APP.example',
    'https://u:p@app.example',
    'file:///home',
    'data:text/html,x',
  ])('refuses %s', (origin) => {
    expect(() => corsOrigins([origin])).toThrow(usage('is no origin of a web page'));
  });

  it('says what was meant', () => {
    expect(() => corsOrigins(['https://App.example:443/path'])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('--cors-origin https://app.example;') }),
    );
  });
});

describe('rateLimit', () => {
  it.each([
    [undefined, false, null],
    [undefined, true, { perSecond: 100, burst: 200 }],
    ['off', true, null],
    ['50', false, { perSecond: 50, burst: 100 }],
    ['50/s', true, { perSecond: 50, burst: 100 }],
    ['50/s,burst:7', true, { perSecond: 50, burst: 7 }],
  ] as const)('%s where others may come in (%s)', (given, open, limit) => {
    expect(rateLimit(given, open)).toEqual(limit);
    expect(rateLimit(rateText(limit), !open)).toEqual(limit);
  });

  it.each(['0', '-1', '1.5', '100/m', 'burst:5', '100/s,burst:0', '', 'many'])('refuses %j', (given) => {
    expect(() => rateLimit(given, false)).toThrow(usage('is no limit'));
  });
});

describe('refuseOpenBind', () => {
  const closed = { host: '127.0.0.1', allow: [] };
  it('lets an open gateway be where it asks for a token', () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'box.lan']) {
      expect(() => refuseOpenBind({ host, token: null }, closed)).toThrow(
        expect.objectContaining({ code: 'BIND_REFUSED', hint: expect.stringContaining('--token auto') }),
      );
      expect(() => refuseOpenBind({ host, token: 'sixteen-letters.' }, closed)).not.toThrow();
    }
  });

  it('a token is no allow-list of the forwarder', () => {
    expect(() =>
      refuseOpenBind({ host: '127.0.0.1', token: 'sixteen-letters.' }, { host: '0.0.0.0', allow: [] }),
    ).toThrow(expect.objectContaining({ hint: expect.stringContaining('--proxy-allow') }));
  });
});
