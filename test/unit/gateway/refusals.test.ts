import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFUSALS } from '../../../src/shared/refusal.ts';

test('docs/protocol.md has every refusal under each of its statuses, and no other', () => {
  const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
  const section = page.split('### HTTP refusals')[1]?.split('\n## ')[0] ?? '';
  const documented = [...section.matchAll(/^\| (\d{3}) \| (.+?) \|/gm)].flatMap(([, status, codes = '']) =>
    [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => `${status} ${code}`),
  );
  const known = Object.entries(REFUSALS).flatMap(([code, { statuses }]) =>
    statuses.map((status) => `${status} ${code}`),
  );
  expect(documented.toSorted()).toEqual(known.toSorted());
});
