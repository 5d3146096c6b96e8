import { describe, expect, it } from 'vitest';
import { chooseClients, shortId } from '../../../src/cli/choose-clients.ts';
import { clientTable } from '../../../src/cli/client-table.ts';
import type { ClientInfo } from '../../../src/shared/events.ts';

const ALICE = { id: 'cdp-1111aaaa2222bbbb', name: 'alice' };
const ALIKE = { id: 'cdp-1111aaaa2222cccc', name: 'puppeteer' };
const BOB = { id: 'http-99990000', name: 'bob' };
const TWIN = { id: 'http-99991111', name: 'puppeteer' };
const HTTP = { id: 'http', name: 'http' };
const ALL = [ALICE, ALIKE, BOB, TWIN, HTTP];

const failing = (word: string, clients = ALL): unknown => {
  try {
    return chooseClients([word], clients);
  } catch (error) {
    return error;
  }
};

describe('a word for a client', () => {
  it.each([
    ['its id', 'cdp-1111aaaa2222bbbb', ALICE.id],
    ['its id, which others begin with', 'http', HTTP.id],
    ['the beginning of its id', 'http-99990', BOB.id],
    ['its name', 'alice', ALICE.id],
    ['the beginning of its id, one character more than another’s', 'cdp-1111aaaa2222c', ALIKE.id],
  ])('is %s', (_, word, id) => {
    expect(chooseClients([word], ALL)).toEqual([id]);
  });

  it('may mean the same as another: then it counts once', () => {
    expect(chooseClients(['alice', 'http-99990', 'cdp-1111aaaa2222b'], ALL)).toEqual([ALICE.id, BOB.id]);
  });

  it('that means several is refused with those', () => {
    expect(failing('cdp-1')).toMatchObject({
      code: 'NOT_FOUND',
      message: 'cdp-1 is 2 clients: cdp-1111aaaa2222b (alice), cdp-1111aaaa2222c (puppeteer)',
    });
    expect(failing('puppeteer')).toMatchObject({ message: expect.stringContaining('is 2 clients') });
  });

  it('that means nobody is refused with who there is', () => {
    expect(failing('carol', [BOB, HTTP])).toMatchObject({
      code: 'NOT_FOUND',
      message: 'no client is called carol, and no id begins like that',
      hint: 'There are http-9999000 (bob), http; cdp-hub clients says more of them.',
    });
    expect(failing('', ALL)).toMatchObject({ code: 'NOT_FOUND' });
    expect(failing('carol', [])).toMatchObject({ hint: expect.stringContaining('There are no clients now') });
  });

  it('names no more than 20 of many', () => {
    const many = Array.from({ length: 30 }, (_, n) => ({ id: `raw-${n + 10}`, name: `n${n}` }));
    expect(failing('carol', many)).toMatchObject({ hint: expect.stringMatching(/raw-29 \(n19\) …;/) });
  });
});

it('an id is shortened as far as it can be typed', () => {
  expect(ALL.map(({ id }) => shortId(id, ALL))).toEqual([
    'cdp-1111aaaa2222b',
    'cdp-1111aaaa2222c',
    'http-9999000',
    'http-9999111',
    'http',
  ]);
});

it('the table has a line for each client, paused ones marked', () => {
  const now = 1_000_000;
  const client: ClientInfo = {
    id: 'cdp-1111aaaa2222bbbb',
    kind: 'cdp',
    name: 'puppeteer with quite a long name',
    workspace: 'alice',
    isolation: 'tabs',
    peer: '127.0.0.1:5',
    pid: 4120,
    since: 0,
    lastSeen: now - 4000,
    connected: true,
    requests: 12,
    failures: 1,
    inFlight: 26,
    tabs: 3,
    paused: true,
    bytesIn: 0,
    bytesOut: 0,
    p50: 1,
    p95: 41.4,
    p99: 50,
  };
  const raw: ClientInfo = {
    ...client,
    id: 'raw-1',
    kind: 'raw',
    name: 'raw\u001b[31m',
    workspace: '',
    isolation: null,
    pid: null,
    p95: null,
    paused: false,
  };
  expect(clientTable([client, raw], now)).toBe(
    [
      'ID            KIND  NAME                      WORKSPACE  ISOLATION  TABS  OPEN  IDLE   P95   PID',
      'cdp-1111aaaa  cdp   puppeteer with quite a …  alice      tabs          3    26    4s  41ms  4120  paused',
      'raw-1         raw   raw                       -          -             -     -    4s     -     -',
    ].join('\n'),
  );
});
