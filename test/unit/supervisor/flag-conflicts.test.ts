import { expect, it } from 'vitest';
import { resolveConfig } from '../../../src/shared/config.ts';
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
    ['listen', '9301=workspace:bob,isolation:context'],
    ['listen', '0=workspace:carol'],
  ];
  expect(flagConflicts(flags, config, running)).toEqual([
    '--port 9223, it has 9233',
    '--headless true, it has false',
    '--browser-url http://127.0.0.1:1, it has none',
    '--isolation none, it has tabs',
    '--keep-tabs true, it has false',
    '--listen 9301=workspace:bob,isolation:context, it has 9300=workspace:alice,isolation:context,seed:a.com+b.com 9301=workspace:bob',
    '--listen 0=workspace:carol, it has 9300=workspace:alice,isolation:context,seed:a.com+b.com 9301=workspace:bob',
  ]);
});
