import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { GatewayProcess } from './gateway-process.ts';
import { FixtureHub } from './mcp/fixture-hub.ts';

/** The conformance suite of the protocol, as published. */
const SUITE = fileURLToPath(
  new URL('../../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);

/** What asks for nothing that a server need not have. */
const GENERIC = [
  'server-initialize',
  'server-session-lifecycle',
  'ping',
  'tools-list',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
];

/** The suite's last words, or all of them where something failed. */
function conformance(port: number, ...args: string[]): Promise<string> {
  const url = `http://localhost:${port}/mcp`;
  const asked = [SUITE, 'server', '--url', url, '--spec-version', '2025-11-25', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, asked, (error, stdout, stderr) => {
      if (error || /WARNING|✗/.test(stdout)) resolve(`${stdout}\n${stderr}`);
      else resolve(stdout.trimEnd().split('\n').at(-1) ?? '');
    });
  });
}

/** Each run of it starts a process that loads for seconds on a busy machine. */
const SLOW = { timeout: 120_000 };

test.each(['active', 'pending'])(
  'sessions and streams pass all that is %s, with something to ask for behind them',
  SLOW,
  async (suite) => {
    using hub = await FixtureHub.start();
    const said = await conformance(hub.port, '--suite', suite);
    const [, passed = 0] = /^Total: (\d+) passed, 0 failed$/.exec(said) ?? [said];
    expect(Number(passed)).toBeGreaterThanOrEqual(suite === 'active' ? 73 : 8);
  },
);

test('the hub passes all that a server must have', SLOW, async () => {
  await using gateway = await GatewayProcess.start(null);
  const said = await Promise.all(
    GENERIC.map((scenario) => conformance(gateway.port, '--scenario', scenario)),
  );
  expect(said).toEqual(GENERIC.map(() => expect.stringMatching(/^Passed: (\d+)\/\1, 0 failed, 0 warnings$/)));
});
