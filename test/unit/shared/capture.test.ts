import { expect, test } from 'vitest';
import { captureHead, captureLine, captureRow, readCaptureLine } from '../../../src/shared/capture.ts';
import type { ExchangeRow, FrameRow } from '../../../src/shared/events.ts';

const PASSED = {
  seq: 7,
  at: 1_700_000_000_000,
  client: 'c1',
  clientName: 'play\u2028wright\u0007',
  method: 'Page.navigate',
  target: '',
  tab: 1,
  sessionId: '',
  url: 'https://example.com/',
  outcome: 'ok',
  ms: 12,
  error: null,
  code: null,
} as const;
const EXCHANGE: ExchangeRow = { ...PASSED, kind: 'cdp', id: 3, inMs: 1, browserMs: 10, outMs: 1 };
const FRAME: FrameRow = { ...PASSED, dir: 'answer', id: 3, exchange: 7, bytes: 20, count: 1 };
const BODY = { text: '{"id":3}', bytes: 8, cut: false };

test('what is written is read back as it was, a line each', () => {
  const head = captureHead({
    version: '1.2.3',
    at: 1,
    filter: 'client:c1',
    urls: null,
    processes: [],
    clients: [],
  });
  const rows = [
    captureRow(EXCHANGE, { command: BODY, answer: null, event: null }),
    captureRow(FRAME, null),
    { type: 'skipped', rows: 3 } as const,
  ];
  for (const line of [head, ...rows]) {
    const text = captureLine(line);
    expect(text).not.toMatch(/[\n\r]/);
    expect(readCaptureLine(text)).toEqual(line);
  }
});

test('a row of which no message is kept is the line of `tail --json`', () => {
  const none = { command: null, answer: null, event: null };
  expect(captureLine(captureRow(FRAME, none))).toBe(JSON.stringify({ type: 'message', ...FRAME }));
});

test.each(['', 'text', '[]', '{"type":"exchange"}', '{"type":"capture","format":2}', '{"type":"other"}'])(
  '%j is no line of a capture',
  (text) => {
    expect(readCaptureLine(text)).toBeNull();
  },
);
