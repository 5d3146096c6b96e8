import { describe, expect, it } from 'vitest';
import type { ExchangeRow, FrameRow } from '../../../../src/shared/events.ts';
import { matches, parseFilter } from '../../../../src/shared/filter/filter.ts';
import type { Subject } from '../../../../src/shared/filter/subject.ts';

/** A short day's traffic; every row by the name that the tests below call it. */
const TRAFFIC: Record<string, Subject> = {
  navigate: {
    method: 'Page.navigate',
    dir: 'command',
    client: 'c-1',
    clientName: 'playwright',
    target: 'E1A7CD0000000000000000000000BEEF',
    tab: 1,
    sessionId: '8FA2000000000000000000000000CAFE',
    id: 17,
    url: 'https://Example.com/api/v2?q=a,b',
    outcome: 'open',
    ms: null,
    bytes: 212,
  },
  navigated: {
    method: 'Page.navigate',
    dir: 'answer',
    client: 'c-1',
    clientName: 'playwright',
    tab: '#1',
    id: 17,
    outcome: 'ok',
    ms: 642.3,
    bytes: 1449,
    text: '{"id":17,"result":{"frameId":"F"}}',
  },
  refused: {
    method: 'Fetch.enable',
    dir: 'answer',
    client: 'c-2',
    clientName: 'claude-1 (Opus)',
    tab: 3,
    outcome: 'error',
    code: -32000,
    ms: 2,
    bytes: 131,
    error: 'Fetch on #3 is held by playwright',
  },
  lost: { method: 'Runtime.evaluate', dir: 'answer', clientName: 'claude-10', outcome: 'lost', ms: 30_000 },
  loading: {
    method: 'Network.loadingFinished',
    dir: 'event',
    client: '',
    clientName: '',
    target: '',
    tab: null,
    outcome: 'ok',
    bytes: 31_000,
  },
  bare: {},
};

function found(text: string): string {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error.message}`);
  return Object.keys(TRAFFIC)
    .filter((name) => matches(parsed.filter, TRAFFIC[name] ?? {}))
    .join(' ');
}

const EVERYTHING = Object.keys(TRAFFIC).join(' ');

describe('the filter finds', () => {
  it.each([
    // Nothing typed yet.
    ['', EVERYTHING],
    ['  ', EVERYTHING],
    // Text: method, address, error, in any case.
    ['navigate', 'navigate navigated'],
    ['PAGE.NAV', 'navigate navigated'],
    ['example.com', 'navigate'],
    ['https://example.com', 'navigate'],
    ['held', 'refused'],
    ['frameId', ''],
    ['"held by playwright"', 'refused'],
    ['held*playwright', 'refused'],
    ['playwright*held', ''],
    ['"held*playwright"', ''],
    ['Network.loading*', 'loading'],
    ['*', 'navigate navigated refused lost loading'],
    ['q=a,b', 'navigate'],
    // Words are AND, | is OR, - is NOT; parentheses.
    ['page dir:out', 'navigated'],
    ['Fetch | Network', 'refused loading'],
    ['Fetch|Network', 'refused loading'],
    ['page dir:out | fetch', 'navigated refused'],
    ['page (dir:out | fetch)', 'navigated'],
    ['(page | fetch) dir:out', 'navigated refused'],
    ['-page', 'refused lost loading bare'],
    ['--page', 'navigate navigated'],
    ['-(page | fetch)', 'lost loading bare'],
    ['-(page dir:out)', 'navigate refused lost loading bare'],
    ['-domain:Page -status:err', 'loading bare'],
    ['(page(dir:out))', 'navigated'],
    // Names are compared whole, by * in part, or by an expression.
    ['client:playwright', 'navigate navigated'],
    ['client:Play', ''],
    ['CLIENT:PLAY*', 'navigate navigated'],
    ['client:c-2', 'refused'],
    ['client:claude-*', 'refused lost'],
    ['client:*', 'navigate navigated refused lost'],
    ['client:c*e*1*', 'refused lost'],
    ['client:"claude-1 (opus)"', 'refused'],
    ['client:claude-10,playwright', 'navigate navigated lost'],
    ['client:/^claude-\\d+$/', 'lost'],
    ['client:/^claude-\\d+$/i,c-2', 'refused lost'],
    ['-client:*', 'loading bare'],
    // Tabs and sessions: number, mark, or the beginning of the id.
    ['tab:1', 'navigate navigated'],
    ['tab:#1', 'navigate navigated'],
    ['tab:1,3', 'navigate navigated refused'],
    ['tab:e1a7', 'navigate'],
    ['tab:e1', ''],
    ['tab:e1*', 'navigate'],
    ['session:8fa2', 'navigate'],
    ['session:8fa2000000000000000000000000cafe', 'navigate'],
    ['session:8fa3', ''],
    ['id:17', 'navigate navigated'],
    ['id:1', ''],
    // Methods.
    ['domain:page', 'navigate navigated'],
    ['domain:Page,Fetch', 'navigate navigated refused'],
    ['domain:Page.navigate', ''],
    ['method:Page.navigate', 'navigate navigated'],
    ['method:page', ''],
    ['method:navigate', 'navigate navigated'],
    ['method:e*', 'refused lost'],
    ['method:*.e*', 'refused lost'],
    // Directions and outcomes.
    ['dir:in', 'navigate'],
    ['dir:out', 'navigated refused lost'],
    ['dir:event', 'loading'],
    ['dir:IN,event', 'navigate loading'],
    ['status:ok', 'navigated loading'],
    ['status:err', 'refused lost'],
    ['status:open', 'navigate'],
    ['code:-32000', 'refused'],
    ['code:-32*', 'refused'],
    ['-code:-32000 status:err', 'lost'],
    // Addresses and bodies are found in part.
    ['url:example', 'navigate'],
    ['url:"/API/v2"', 'navigate'],
    ['url:api*q=', 'navigate'],
    ['url:/v\\d\\?/', 'navigate'],
    ['text:frameid', 'navigated'],
    ['text:/"id":\\s*17\\b/', 'navigated'],
    ['text:"\\"result\\":"', 'navigated'],
    // Numbers with their units.
    ['ms>2', 'navigated lost'],
    ['ms>=2', 'navigated refused lost'],
    ['ms<642', 'refused'],
    ['ms<=2', 'refused'],
    ['ms=642', 'navigated'],
    ['ms=0.6s', 'navigated'],
    ['ms>0.5s ms<1S', 'navigated'],
    ['ms:>30000ms', ''],
    ['ms:>=30s', 'lost'],
    ['size>1.4k', 'navigated loading'],
    ['size=1.4k', 'navigated'],
    ['size=1k', 'navigated'],
    ['size>=31kB', 'loading'],
    ['size<0.001M', 'navigate refused'],
    ['-size>0', 'lost bare'],
    // Expressions by themselves.
    ['/^page\\.|^fetch\\./', 'navigate navigated refused'],
    ['/held by|finished/ -dir:event', 'refused'],
    ['(/navigate/)', 'navigate navigated'],
    ['12:30', ''],
  ])('%s', (text, rows) => {
    expect(found(text)).toBe(rows);
  });

  it('rows as the hub sends them', () => {
    const frame: FrameRow = {
      seq: 1,
      at: 0,
      dir: 'answer',
      client: 'c-1',
      clientName: 'playwright',
      method: 'Page.navigate',
      target: 'E1A7CD0000000000000000000000BEEF',
      tab: 3,
      sessionId: '8FA2000000000000000000000000CAFE',
      url: 'https://example.com/',
      id: 7,
      exchange: 1,
      outcome: 'ok',
      ms: 12,
      error: null,
      code: null,
      bytes: 400,
      count: 1,
    };
    const exchange: ExchangeRow = {
      seq: 1,
      at: 0,
      client: 'c-1',
      clientName: 'playwright',
      kind: 'cdp',
      method: 'Page.navigate',
      target: '',
      tab: null,
      sessionId: '',
      url: 'https://example.org/',
      id: 8,
      outcome: 'error',
      ms: 3,
      inMs: 0.5,
      browserMs: 2,
      outMs: 0.5,
      error: 'Cannot navigate to invalid URL',
      code: -32000,
    };
    const shown = (text: string) => {
      const parsed = parseFilter(text);
      return parsed.ok && [matches(parsed.filter, frame), matches(parsed.filter, exchange)];
    };
    expect(shown('client:playwright')).toEqual([true, true]);
    expect(shown('tab:E1A7CD ms>10')).toEqual([true, false]);
    expect(shown('tab:3')).toEqual([true, false]);
    expect(shown('-tab:3')).toEqual([false, true]);
    expect(shown('status:err invalid')).toEqual([false, true]);
    expect(shown('size>100')).toEqual([true, false]);
    expect(shown('session:8FA2 id:7 url:example.com')).toEqual([true, false]);
    expect(shown('code:-32000 url:example.org')).toEqual([false, true]);
  });
});

describe('what is wrong is told while typing', () => {
  it.each([
    ['page |', 6, 'Something is to follow here.', 'Type a term'],
    ['| page', 0, 'There is nothing before this |.', 'between two terms'],
    ['a || b', 3, 'There is nothing before this |.', 'between two terms'],
    ['-', 0, '- is to be followed by what it leaves out.', 'without a space'],
    ['a - b', 2, '- is to be followed by what it leaves out.', 'without a space'],
    ['a (b', 2, 'This ( is not closed.', 'Add a )'],
    ['(', 1, 'Something is to follow here.', 'Type a term'],
    ['a)', 1, 'This ) closes nothing.', '")"'],
    ['a ()', 3, 'There is nothing before this ).', '"()"'],
    ['clients:x', 0, 'There is no field clients.', 'Did you mean client:playwright?'],
    ['-time:3', 1, 'There is no field time.', 'Did you mean ms>200?'],
    ['localhost:3000', 0, 'There is no field localhost.', '"localhost:3000"'],
    ['constructor:1', 0, 'There is no field constructor.', 'There are client, tab,'],
    ['client:', 7, 'client: is to be followed by a value.', 'client:playwright'],
    ['client:""', 7, 'client: is to be followed by a value.', 'client:playwright'],
    ['tab:1,', 6, 'The comma is to be followed by a value.', 'tab:1,3'],
    ['""', 0, 'There is nothing between the quotes.', 'between them'],
    ['a "b c', 2, 'This quote is not closed.', 'Add a "'],
    ['dir:', 4, 'dir: is to be followed by a value.', 'one of in, out, event'],
    ['status:failed', 7, 'status is never failed.', 'one of ok, err, open'],
    ['url=foo', 0, 'url cannot be compared like this.', 'Write url:foo;'],
    ['ms:200', 2, 'ms is compared with > >= < <= or =.', 'ms>200'],
    ['ms>', 3, '> is to be followed by a number.', 'ms>200'],
    ['size>1,5k', 5, '1,5k is not a number.', 'size>10k'],
    ['size>=10s', 8, 'size has no unit s.', 'b, k, kb, m, mb, g, gb'],
    ['ms > 200', 3, 'There is no field before this >.', 'ms>200'],
    [
      '/abc',
      0,
      'This regular expression is not closed.',
      'Add a / at the end; for plain text use quotes: "/abc".',
    ],
    ['url:/api/v2', 9, 'A regular expression ends with its second /.', 'url:"/api/v2"'],
    ['//', 0, 'There is nothing between the slashes.', 'quotes: "//"'],
    ['x /(a/', 3, 'A ( is not closed.', '\\('],
    ['/a)/', 2, 'This ) closes nothing.', '\\)'],
    ['/(a)[)]\\)b)/', 10, 'This ) closes nothing.', '\\)'],
    ['/*a/', 1, 'There is nothing before * to repeat.', '\\*'],
    ['/a**/', 2, '** repeats what is repeated already.', '(?:'],
    ['/[a/', 0, 'This regular expression is not closed.', 'quotes'],
    ['/[z-a]/', 2, 'z-a is no range of characters.', '[a-z]'],
    ['/a{3,2}/', 2, '{3,2} is no repeat.', '{2,5}'],
    ['/a{1001}/', 2, '{1001} is no repeat.', '1,000'],
    ['/(?:(?:a{100}){100}){100}/', 8, '{100} is no repeat.', 'multiplied'],
    ['/(?=a)/', 1, 'Lookaround cannot be used.', 'several terms'],
    ['/(?<!a)/', 1, 'Lookaround cannot be used.', 'several terms'],
    ['/(a)\\1/', 4, '\\1 refers back to a group, which cannot be used.', 'Write out'],
    ['/\\q/', 1, '\\q means nothing here.', '\\d \\w'],
    [
      `/${'a'.repeat(201)}/`,
      1,
      'A regular expression has at most 200 characters; this one has 201.',
      'several',
    ],
    [`${'('.repeat(41)}a`, 40, 'Too many parentheses inside parentheses.', 'Take some out'],
    ['a '.repeat(101), 200, 'A filter has at most 100 terms and alternatives.', '*'],
    ['/a/ '.repeat(11), 40, 'A filter has at most 10 regular expressions.', '/this|that/'],
    ['a'.repeat(1001), 1000, 'A filter has at most 1000 characters; this one has 1001.', 'Shorten'],
  ])('%s', (text, at, message, hint) => {
    const parsed = parseFilter(text);
    expect(parsed).toMatchObject({ ok: false, error: { at, message } });
    expect(!parsed.ok && parsed.error.hint).toContain(hint);
  });
});
