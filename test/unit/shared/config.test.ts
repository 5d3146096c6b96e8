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
      isolation: 'tabs',
      keepTabs: false,
      badge: true,
      sessionIdle: 1_800_000,
      uploadDirs: [],
      listen: [],
    });
  });

  it('takes isolation, kept tabs and further ports from flags or the environment', () => {
    const env = {
      CDP_HUB_ISOLATION: 'context',
      CDP_HUB_KEEP_TABS: '1',
      CDP_HUB_LISTEN: '9300=workspace:a; 0=workspace:b,isolation:none;',
    };
    const fromEnv = {
      isolation: 'context',
      keepTabs: true,
      listen: [
        { port: 9300, workspace: 'a', isolation: null, seed: [] },
        { port: 0, workspace: 'b', isolation: 'none', seed: [] },
      ],
    };
    expect(resolve({}, env)).toMatchObject(fromEnv);
    const listen = ['0=seed:.b.com+A.com+a.com,isolation:context,workspace:c', '0=workspace:d'];
    expect(resolve({ isolation: 'none', keepTabs: false, listen }, env)).toMatchObject({
      isolation: 'none',
      keepTabs: false,
      listen: [
        { port: 0, workspace: 'c', isolation: 'context', seed: ['a.com', 'b.com'] },
        { port: 0, workspace: 'd', isolation: null, seed: [] },
      ],
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
    [{ isolation: 'Tabs' }, {}, 'USAGE', '--isolation Tabs is no isolation'],
    [{}, { CDP_HUB_ISOLATION: 'tab' }, 'USAGE', 'CDP_HUB_ISOLATION=tab is no isolation'],
    [{}, { CDP_HUB_KEEP_TABS: 'some' }, 'USAGE', 'CDP_HUB_KEEP_TABS=some is neither'],
    [{}, { CDP_HUB_LISTEN: '9300' }, 'USAGE', 'CDP_HUB_LISTEN=9300: it does not start with PORT='],
    [{ listen: ['workspace:a'] }, {}, 'USAGE', 'it does not start with PORT='],
    [{ listen: ['70000=workspace:a'] }, {}, 'USAGE', 'it does not start with PORT='],
    [{ listen: ['9300='] }, {}, 'USAGE', "'' is none of workspace:NAME"],
    [{ listen: ['9300=alice'] }, {}, 'USAGE', "'alice' is none of workspace:NAME"],
    [{ listen: ['9300=isolation:tabs'] }, {}, 'USAGE', 'it names no workspace'],
    [{ listen: ['9300=workspace:a/b'] }, {}, 'USAGE', "'a/b' is no name of"],
    [{ listen: ['9300=workspace:..'] }, {}, 'USAGE', "'..' is no name of"],
    [{ listen: ['9300=workspace:a,workspace:b'] }, {}, 'USAGE', 'it says workspace twice'],
    [{ listen: ['9300=workspace:a,isolation:tab'] }, {}, 'USAGE', "'tab' is no isolation"],
    [{ listen: ['9300=workspace:a,seed:a.com+'] }, {}, 'USAGE', "'' is no host name"],
    [{ listen: ['9300=workspace:a,seed:http://b'] }, {}, 'USAGE', "'http://b' is no host name"],
    [{ listen: ['9300=workspace:a,isolation:tabs,seed:a.com'] }, {}, 'USAGE', 'the isolation is tabs'],
    [
      { port: '9300', listen: ['9300=workspace:a'] },
      {},
      'USAGE',
      '--port and --listen 9300=workspace:a both say 9300',
    ],
    [
      { listen: ['9300=workspace:a', '9300=workspace:b'] },
      {},
      'USAGE',
      '--listen 9300=workspace:a and --listen 9300=workspace:b both say 9300',
    ],
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

it('givenFlags keeps every --listen apart', () => {
  expect(givenFlags({ keepTabs: true, listen: ['1=workspace:a,isolation:none', '2=workspace:b'] })).toEqual([
    ['keep-tabs', 'true'],
    ['listen', '1=workspace:a,isolation:none'],
    ['listen', '2=workspace:b'],
  ]);
});

it('takes the folders of agents by their flag alone', () => {
  expect(resolve({ uploadDir: ['/a', '/b,c'] }, {}).uploadDirs).toEqual(['/a', '/b,c']);
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
