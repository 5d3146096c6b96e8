import { describe, expect, it } from 'vitest';
import { givenFlags, resolveConfig } from '../../../src/shared/config.ts';
import { flagConflicts } from '../../../src/supervisor/flag-conflicts.ts';

const running = {
  gateway: { host: '127.0.0.1', port: 9233 },
  forwarder: { host: '127.0.0.1', port: 9224 },
  browser: null,
  headless: false,
  listen: [
    { port: 9300, workspace: 'alice', isolation: 'context' as const, seed: ['a.com', 'b.com'] },
    { port: 9301, workspace: 'bob', isolation: null, seed: [] },
  ],
};
const config = resolveConfig({ isolated: true }, {}, '0.0.0');

it('is content with flags that name what is so, and with any port where any was asked for', () => {
  const flags: [string, string][] = [
    ['port', '9233'],
    ['proxy-port', '0'],
    ['isolated', 'true'],
    ['headless', 'false'],
    ['isolation', 'tabs'],
    ['session-idle', '1800s'],
    ['listen', '09301=workspace:bob'],
    ['listen', '0=workspace:bob'],
    ['listen', '9300=isolation:context,workspace:alice,seed:b.com+A.com'],
  ];
  expect(flagConflicts(flags, config, running)).toEqual([]);
});

it('says what was asked for and what is', () => {
  const flags: [string, string][] = [
    ['port', '9223'],
    ['headless', 'true'],
    ['browser-url', 'http://127.0.0.1:1'],
    ['isolation', 'none'],
    ['keep-tabs', 'true'],
    ['badge', 'false'],
    ['session-idle', '2h'],
    ['upload-dir', '/papers'],
    ['listen', '9301=workspace:bob,isolation:context'],
    ['listen', '0=workspace:carol'],
  ];
  expect(flagConflicts(flags, config, running)).toEqual([
    '--port 9223, it has 9233',
    '--headless true, it has false',
    '--browser-url http://127.0.0.1:1, it has none',
    '--isolation none, it has tabs',
    '--keep-tabs true, it has false',
    '--no-badge, it has none of it',
    '--session-idle 2h, it has 30m',
    '--upload-dir /papers, it has none',
    '--listen 9301=workspace:bob,isolation:context, it has 9300=workspace:alice,isolation:context,seed:a.com+b.com 9301=workspace:bob',
    '--listen 0=workspace:carol, it has 9300=workspace:alice,isolation:context,seed:a.com+b.com 9301=workspace:bob',
  ]);
});

describe('of the flags of access', () => {
  const token = 'the-token-that-is-no-ones-business';
  const other = 'another-token-that-is-no-ones-business';
  const guarded = resolveConfig({ token, corsOrigin: ['https://a.example'], rateLimit: '50' }, {}, '0.0.0');

  it('the same is no conflict, however it is written', () => {
    const same = givenFlags({ token, corsOrigin: ['https://a.example'], rateLimit: '50/s,burst:100' });
    expect(flagConflicts(same, guarded, running)).toEqual([]);
  });

  it('another token is one, and neither is told', () => {
    const told = [
      flagConflicts(givenFlags({ token: other }), guarded, running),
      flagConflicts(givenFlags({ token: other }), config, running),
      flagConflicts(givenFlags({ corsOrigin: ['https://b.example'], rateLimit: 'off' }), guarded, running),
    ];
    expect(told).toEqual([
      ['--token (not shown), it has another one'],
      ['--token (not shown), it has none'],
      [
        '--cors-origin https://b.example, it has https://a.example',
        '--rate-limit off, it has 50/s,burst:100',
      ],
    ]);
  });

  it('no token is in what goes to the hub that runs', () => {
    expect(JSON.stringify(givenFlags({ token, tokenFile: '/x' }))).not.toContain(token);
    expect(JSON.stringify(guarded.flags)).not.toContain(token);
  });
});
