import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readEnvironment } from '../../../src/cli/environment.ts';
import { DOTENV_NAMES, resolveConfig } from '../../../src/shared/config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-env-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('takes only the known names from .env, and the environment over them', () => {
  vi.stubEnv('MCP_HTTP_PORT', '9555');
  writeFileSync(
    join(folder, '.env'),
    'MCP_HTTP_PORT=1\nCDP_PROXY_HOST="172.20.0.1" # Windows\nNODE_OPTIONS=--bad\nPATH=/x\n',
  );
  const env = readEnvironment(folder);
  expect(env).toMatchObject({ MCP_HTTP_PORT: '9555', CDP_PROXY_HOST: '172.20.0.1', PATH: process.env.PATH });
  expect(env.NODE_OPTIONS).toBe(process.env.NODE_OPTIONS);
});

it('does without one', () => {
  expect(readEnvironment(folder).CDP_PROXY_HOST).toBeUndefined();
});

it('takes from .env every setting that the environment can make, and README.md names them all', () => {
  const asked = new Set<string>();
  const env = new Proxy<Record<string, string | undefined>>(
    {},
    {
      get: (_, name) => {
        asked.add(String(name));
        return undefined;
      },
    },
  );
  resolveConfig({}, env, '1.0.0');
  expect([...asked].filter((name) => !(DOTENV_NAMES as readonly string[]).includes(name))).toEqual([]);
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const settings = readme.slice(readme.indexOf('Settings come from'), readme.indexOf('Exit codes:'));
  expect(DOTENV_NAMES.filter((name) => !settings.includes(`\`${name}\``))).toEqual([]);
});
