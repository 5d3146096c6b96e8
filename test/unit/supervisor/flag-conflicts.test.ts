import { expect, it } from 'vitest';
import { resolveConfig } from '../../../src/shared/config.ts';
import { flagConflicts } from '../../../src/supervisor/flag-conflicts.ts';

const running = {
  gateway: { host: '127.0.0.1', port: 9233 },
  forwarder: { host: '127.0.0.1', port: 9224 },
  browser: null,
  headless: false,
};
const config = resolveConfig({ isolated: true }, {}, '0.0.0');

it('is content with flags that name what is so, and with any port where any was asked for', () => {
  const flags: [string, string][] = [
    ['port', '9233'],
    ['proxy-port', '0'],
    ['isolated', 'true'],
    ['headless', 'false'],
  ];
  expect(flagConflicts(flags, config, running)).toEqual([]);
});

it('says what was asked for and what is', () => {
  const flags: [string, string][] = [
    ['port', '9223'],
    ['headless', 'true'],
    ['browser-url', 'http://127.0.0.1:1'],
  ];
  expect(flagConflicts(flags, config, running)).toEqual([
    '--port 9223, it has 9233',
    '--headless true, it has false',
    '--browser-url http://127.0.0.1:1, it has none',
  ]);
});
