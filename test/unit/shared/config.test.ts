import { describe, expect, it } from 'vitest';
import { allowList } from '../../../src/shared/allow-list.ts';
import { givenFlags, resolveConfig, type UpFlags } from '../../../src/shared/config.ts';

const resolve = (flags: UpFlags = {}, env: Record<string, string> = {}) => resolveConfig(flags, env, '1.0.0');

describe('resolveConfig', () => {
  it('needs nothing', () => {
    expect(resolve()).toMatchObject({
      gateway: { host: '127.0.0.1', port: 9223, named: false },
      forwarder: { host: '127.0.0.1', port: 9224, named: false, allow: [] },
      browser: {
        port: 9222,
        named: false,
        mode: 'auto',
        url: null,
        path: null,
        headless: null,
        isolated: false,
      },
      throughForwarder: false,
    });
  });

  it('takes a flag over the environment over the default', () => {
    const env = { MCP_HTTP_PORT: '9300', CDP_HUB_HEADLESS: '1' };
    expect(resolve({}, env)).toMatchObject({
      gateway: { port: 9300, named: true },
      browser: { headless: true },
    });
    expect(resolve({ port: '9400' }, env).gateway.port).toBe(9400);
  });

  it.each([
    [{ isolated: true }, 'launch'],
    [{ headless: true }, 'launch'],
    [{ browserPath: '/x' }, 'launch'],
    [{ browserPort: '0' }, 'launch'],
    [{ browserPort: '9555' }, 'auto'],
    [{ browserUrl: 'http://127.0.0.1:9222' }, 'attach'],
  ] as const)('%j means %s', (flags, mode) => {
    expect(resolve(flags).browser.mode).toBe(mode);
  });

  it.each([
    [
      '9224 on loopback is our own forwarder',
      { CDP_PROXY_PORT: '9224' },
      { throughForwarder: true, browser: { mode: 'auto' } },
    ],
    ['localhost counts as loopback', { CDP_PROXY_HOST: 'localhost' }, { throughForwarder: true }],
    [
      'anything else is a forwarder elsewhere',
      { CDP_PROXY_HOST: '172.20.0.1' },
      { throughForwarder: false, browser: { mode: 'remote', url: 'http://172.20.0.1:9224' } },
    ],
  ])('CDP_PROXY_*: %s', (_, env, expected) => {
    expect(resolve({}, env as Record<string, string>)).toMatchObject(expected);
  });

  it.each([
    [{ port: 'x' }, {}, 'USAGE', '--port x is no port'],
    [{ port: '70000' }, {}, 'USAGE', '--port 70000 is no port'],
    [{}, { MCP_HTTP_PORT: '-1' }, 'USAGE', 'MCP_HTTP_PORT=-1 is no port'],
    [{ browserUrl: 'file:///etc' }, {}, 'USAGE', '--browser-url file:///etc is no http'],
    [{ browserUrl: 'http://h', isolated: true }, {}, 'USAGE', '--isolated describes one to start'],
    [{ host: '0.0.0.0' }, {}, 'BIND_REFUSED', 'the gateway would listen on 0.0.0.0'],
    [{ proxyHost: '0.0.0.0' }, {}, 'BIND_REFUSED', 'the forwarder would listen on 0.0.0.0'],
    [{ proxyAllow: ['10.0.0.0/33'] }, {}, 'USAGE', '10.0.0.0/33 is no address range'],
    [{ proxyAllow: ['everybody'] }, {}, 'USAGE', 'everybody is no address range'],
    [{ port: '9300', proxyPort: '9300' }, {}, 'USAGE', '--port and --proxy-port both say 9300'],
    [{}, { CDP_HUB_HEADLESS: 'perhaps' }, 'USAGE', 'CDP_HUB_HEADLESS=perhaps is neither'],
  ] as const)('refuses %j %j', (flags, env, code, text) => {
    const refusal = expect(() => resolve(flags as UpFlags, env));
    refusal.toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
    refusal.toThrow(expect.objectContaining({ hint: expect.stringMatching(/\w{3}/) }));
  });

  it('accepts an open forwarder once it is said who may connect', () => {
    expect(resolve({ proxyHost: '0.0.0.0', proxyAllow: ['172.16.0.0/12'] }).forwarder.host).toBe('0.0.0.0');
  });
});

it('givenFlags lists what was given by its long name, without --yes', () => {
  expect(givenFlags({ proxyPort: '0', yes: true, isolated: true, proxyAllow: ['a', 'b'] })).toEqual([
    ['isolated', 'true'],
    ['proxy-allow', 'a,b'],
    ['proxy-port', '0'],
  ]);
});

it('allowList knows loopback, the ranges and v4 addresses in v6 clothes', () => {
  const allows = allowList(['172.16.0.0/12', 'fd00::/8', '192.168.1.7']);
  for (const address of ['127.0.0.1', '::1', '172.20.0.3', '::ffff:172.20.0.3', 'fd12::1', '192.168.1.7']) {
    expect([address, allows(address)]).toEqual([address, true]);
  }
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '192.168.1.8', 'nonsense', '']) {
    expect([address, allows(address)]).toEqual([address, false]);
  }
});
