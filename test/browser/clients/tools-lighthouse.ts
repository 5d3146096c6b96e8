import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROGRAM, quietEnvironment } from './mcp-tool.ts';

const run = promisify(execFile);

export interface Report {
  runtimeError?: { code: string; message: string };
  categories: Record<string, { score: number | null }>;
  audits: Record<string, { score: number | null; errorMessage?: string; scoreDisplayMode: string }>;
}

/** What Lighthouse says of a page, which it opens in the browser on that port of 127.0.0.1. */
export async function lighthouse(port: number, url: string, folder: string): Promise<Report> {
  const path = join(folder, 'report.json');
  const args = [
    url,
    `--port=${port}`,
    '--output=json',
    `--output-path=${path}`,
    '--quiet',
    '--no-enable-error-reporting',
  ];
  await run(process.execPath, [PROGRAM.lighthouse, ...args], {
    cwd: folder,
    env: quietEnvironment(folder),
    timeout: 120_000,
  });
  return JSON.parse(await readFile(path, 'utf8')) as Report;
}
