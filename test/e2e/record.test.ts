import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCaptureLine } from '../../src/shared/capture.ts';
import { execute } from '../helpers/execute.ts';
import { BIN, cdpHub, Home, Hub, until } from '../helpers/hub.ts';
import { Pty } from '../helpers/pty.ts';

let hub: Hub;
beforeAll(async () => {
  hub = await Hub.up(new Home());
});
afterAll(() => hub[Symbol.asyncDispose]());

const hasScript = spawnSync('script', ['--version']).status === 0;

it.runIf(hasScript)(
  'records with messages, secrets masked, until Ctrl-C; view shows the file offline',
  async () => {
    const file = join(hub.home.path, 'bug.ndjson');
    const args = ['record', file, '--filter', 'client:alice'];
    const recorder = spawn(process.execPath, [BIN, ...args], { env: hub.home.env, cwd: hub.home.path });
    let said = '';
    recorder.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const over = once(recorder, 'close');
    const text = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    await until('the capture has begun', () => text().includes('"type":"capture"'));
    const headers = { authorization: 'Bearer s3cret-of-the-page' };
    const url = hub.urls.gateway;
    await execute(url, { method: 'Network.setExtraHTTPHeaders', params: { headers } }, 'alice');
    await execute(url, { method: 'Page.navigate', params: { url: 'data:text/html,recorded' } }, 'alice');
    await execute(url, { method: 'Page.navigate', params: { url: 'data:text/html,elsewhere' } }, 'bob');
    await until('the navigation is in the file', () => /"bodies":.*data:text\/html,recorded/.test(text()));
    recorder.kill('SIGINT');
    expect((await over)[0]).toBe(0);
    expect(said).toMatch(/\d+ rows, [\d.]+ MB in .*bug\.ndjson · cdp-hub view/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = text().trimEnd().split('\n');
    expect(lines.map(readCaptureLine)).not.toContain(null);
    expect(text()).not.toContain('s3cret-of-the-page');
    expect(text()).not.toContain('elsewhere');
    const again = await cdpHub(hub.home, 'record', file);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('it is there already')]);

    using elsewhere = new Home();
    await using pty = new Pty(elsewhere, ['view', file]);
    await pty.shows(/CAPTURE/);
    await pty.shows(/→ alice +Page\.navigate/);
    pty.type('q');
    expect(await pty.exit).toBe(0);
    expect(pty.alternate).toBe(false);
  },
);
