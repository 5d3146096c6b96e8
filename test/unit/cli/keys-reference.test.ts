import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KEYS_REFERENCE, keysReference } from '../../../scripts/keys-reference.ts';

test('docs/keys.md says what the table of commands says', () => {
  const written = readFileSync(KEYS_REFERENCE, 'utf8');
  expect(written, 'docs/keys.md is not up to date: make it anew with `npm run docs`').toBe(keysReference());
});
