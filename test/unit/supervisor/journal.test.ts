import { expect, test } from 'vitest';
import type { Journal } from '../../../src/shared/isolation.ts';
import { JournalKeeper } from '../../../src/supervisor/journal.ts';

const ONE = 'ws://127.0.0.1:9222/devtools/browser/1';
const TWO = 'ws://127.0.0.1:9222/devtools/browser/2';

function entry(name: string): Journal['workspaces'][number] {
  return {
    name,
    named: true,
    isolation: 'tabs',
    seed: [],
    home: null,
    contexts: [],
    paused: null,
    targets: ['T1'],
  };
}

const journal = (browser: string, ...names: string[]): Journal => ({
  browser,
  workspaces: names.map(entry),
});

/** A keeper and the browser that gateways are told. */
function keeper(browser: string | null) {
  const now = { browser };
  return { now, keeper: new JournalKeeper(() => now.browser) };
}

test('the last that was told is what the next gateway gets', () => {
  const { keeper: kept } = keeper(ONE);
  expect(kept.journal).toBeNull();
  kept.told(journal(ONE, 'alice'));
  kept.told(journal(ONE, 'alice', 'bob'));
  expect(kept.journal).toEqual(journal(ONE, 'alice', 'bob'));
  kept.told(journal(ONE));
  expect(kept.journal).toEqual(journal(ONE));
});

test('another browser has none of it, whoever speaks of the old one', () => {
  const { now, keeper: kept } = keeper(ONE);
  kept.told(journal(ONE, 'alice'));
  now.browser = TWO;
  expect(kept.journal).toBeNull();
  kept.told(journal(TWO, 'carol'));
  kept.told(journal(ONE, 'alice'));
  expect(kept.journal).toEqual(journal(TWO, 'carol'));
});

test('a browser that went and came back at the same address has forgotten all', () => {
  const { now, keeper: kept } = keeper(ONE);
  kept.told(journal(ONE, 'alice'));
  now.browser = null;
  kept.browserGone();
  kept.told(journal(ONE, 'alice'));
  now.browser = ONE;
  expect(kept.journal).toBeNull();
});
