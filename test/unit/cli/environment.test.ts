import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readEnvironment } from '../../../src/cli/environment.ts';

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
