import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rowsOf } from '../../../src/cli/tail-levels.ts';
import { tailLine } from '../../../src/cli/tail-lines.ts';
import type { ExchangeRow, FrameRow } from '../../../src/shared/events.ts';

const AT = new Date('2026-11-20T12:04:31.118').getTime();

beforeAll(() => void vi.stubEnv('NO_COLOR', '1'));
afterAll(() => void vi.unstubAllEnvs());

const exchange = (method: string, more: Partial<ExchangeRow> = {}): ExchangeRow => ({
  seq: 1,
  at: AT,
  client: 'cdp-1',
  clientName: 'playwright',
  kind: 'cdp',
  id: 7,
  method,
  target: 'E1A7CD00',
  tab: null,
  sessionId: '',
  url: '',
  outcome: 'ok',
  ms: 642.4,
  inMs: 0.3,
  browserMs: 641.9,
  outMs: 0.2,
  code: null,
  error: null,
  ...more,
});

const frame = (dir: FrameRow['dir'], method: string, more: Partial<FrameRow> = {}): FrameRow => ({
  seq: 1,
  at: AT,
  dir,
  client: 'cdp-1',
  clientName: 'playwright',
  method,
  target: 'E1A7CD00',
  tab: null,
  sessionId: '',
  url: '',
  outcome: 'ok',
  id: null,
  exchange: null,
  ms: null,
  code: null,
  error: null,
  bytes: 1400,
  count: 1,
  ...more,
});

const told = (level: 1 | 2 | 3, frames: FrameRow[], exchanges: ExchangeRow[]) =>
  rowsOf({ frames, exchanges }, level).map(({ method }) => method);

describe('the levels of tail', () => {
  const frames = [
    frame('command', 'Page.navigate'),
    frame('answer', 'Page.navigate'),
    frame('event', 'Network.dataReceived'),
    frame('event', 'Runtime.consoleAPICalled'),
  ];
  const exchanges = [
    exchange('Page.enable', { ms: 1 }),
    exchange('Page.navigate', { ms: 2 }),
    exchange('DOM.getDocument', { ms: 3 }),
    exchange('Emulation.setFocusEmulationEnabled', { ms: 4 }),
    exchange('Input.dispatchMouseEvent', { ms: 5, outcome: 'error' }),
    exchange('Runtime.evaluate', { outcome: 'open', ms: null }),
  ];

  it('1 tells actions when they are over', () => {
    expect(told(1, frames, exchanges)).toEqual(['Page.navigate', 'Input.dispatchMouseEvent']);
  });

  it('1 tells of agents what tools they called, not what these do in the browser', () => {
    const rows = [
      exchange('click', { kind: 'mcp', ms: 1 }),
      exchange('Input.dispatchMouseEvent', { kind: 'mcp', ms: 2 }),
    ];
    expect(told(1, [], rows)).toEqual(['click']);
    expect(told(2, [], rows)).toEqual(['click', 'Input.dispatchMouseEvent']);
  });

  it('2 tells every command when it is over, and what pages say', () => {
    expect(told(2, frames, exchanges)).toEqual([
      'Runtime.consoleAPICalled',
      'Page.enable',
      'Page.navigate',
      'DOM.getDocument',
      'Emulation.setFocusEmulationEnabled',
      'Input.dispatchMouseEvent',
    ]);
  });

  it('3 tells every message as it passed', () => {
    expect(told(3, frames, exchanges)).toEqual([
      'Page.navigate',
      'Page.navigate',
      'Network.dataReceived',
      'Runtime.consoleAPICalled',
    ]);
  });

  it('tells in the order of the ends, not of the beginnings', () => {
    const slow = exchange('Page.navigate', { at: AT, ms: 500 });
    const quick = exchange('Page.reload', { at: AT + 100, ms: 10 });
    expect(told(1, [], [slow, quick])).toEqual(['Page.reload', 'Page.navigate']);
  });
});

describe('a line of tail', () => {
  it.each([
    [
      exchange('Page.navigate', { url: 'https://a.test/' }),
      '12:04:31.118 playwright       ✓ Page.navigate https://a.test/ 642 ms (hub 0.5 ms, browser 642 ms)',
    ],
    [
      exchange('Page.navigate', {
        outcome: 'error',
        code: -32000,
        error: 'no \u001b[31msuch',
        browserMs: null,
        ms: 0.4,
      }),
      '12:04:31.118 playwright       ✗ Page.navigate E1A7CD 0.4 ms -32000 no such',
    ],
    [
      exchange('Page.navigate', { tab: 3, url: 'https://a.test/' }),
      '12:04:31.118 playwright       ✓ Page.navigate #3 https://a.test/ 642 ms (hub 0.5 ms, browser 642 ms)',
    ],
    [
      exchange('Page.enable', { tab: 3 }),
      '12:04:31.118 playwright       ✓ Page.enable #3 642 ms (hub 0.5 ms, browser 642 ms)',
    ],
    [
      exchange('Page.reload', { outcome: 'lost', ms: 12, browserMs: null, target: '' }),
      '12:04:31.118 playwright       ✗ Page.reload 12 ms lost',
    ],
  ])('says what became of a command', (row, line) => {
    expect(tailLine({ type: 'exchange', ...row })).toBe(line);
  });

  it.each([
    [frame('command', 'Page.enable', { outcome: 'open' }), '→ Page.enable E1A7CD 1.4k'],
    [frame('answer', 'Page.enable', { ms: 3 }), '← Page.enable E1A7CD 3.0 ms 1.4k'],
    [
      frame('event', 'Network.dataReceived', { count: 214, bytes: 31_000 }),
      '· Network.dataReceived E1A7CD ×214 31k',
    ],
  ])('says which way a message went', (row, line) => {
    expect(tailLine({ type: 'message', ...row })).toBe(`12:04:31.118 playwright       ${line}`);
  });

  it('keeps its columns, whatever a client calls itself', () => {
    const line = tailLine({
      type: 'message',
      ...frame('event', 'Page.x', { clientName: 'a very long name indeed' }),
    });
    expect(line).toContain('a very long nam… · Page.x');
  });
});
