import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TOOLS_REFERENCE, toolsReference } from '../../../../scripts/tools-reference.ts';

test('docs/tools.md says what the tools say of themselves', () => {
  const written = readFileSync(TOOLS_REFERENCE, 'utf8');
  expect(written, 'docs/tools.md is not up to date: make it anew with `npm run docs`').toBe(toolsReference());
});

test('core is within 25 tools and 24 KB', () => {
  const [, tools, bytes] = /^\| \[core\]\(#core\) \| (\d+) \| (\d+) \|$/m.exec(toolsReference()) ?? [];
  expect(Number(tools)).toBeLessThanOrEqual(25);
  expect(Number(bytes)).toBeLessThanOrEqual(24 * 1024);
});
