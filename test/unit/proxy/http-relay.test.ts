import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Effect, HttpRelay } from '../../../src/proxy/http-relay.ts';
import { HARMLESS_HOSTS, HOSTILE_HOSTS } from '../../helpers/hostile.ts';

const TARGET = { host: '127.0.0.1', port: 9222 };
const REFUSAL = { status: 503, error: 'BROWSER_UNREACHABLE', message: 'gone', hint: 'wait' } as const;

/** c: bytes of the client, t: bytes of the target, and what else may happen to the two connections. */
type Move = { c: string } | { t: string } | 'client-end' | 'target-end' | 'target-lost' | 'timeout';

interface Outcome {
  toTarget: string;
  toClient: string;
  /** Effects that are no bytes, in order. */
  ends: string[];
}

function play(
  moves: readonly Move[],
  relay = new HttpRelay({ allowedHosts: ['box.lan'], target: TARGET }),
): Outcome {
  const outcome: Outcome = { toTarget: '', toClient: '', ends: [] };
  for (const move of moves) {
    if (outcome.ends.includes('raw')) {
      if (typeof move === 'object' && 'c' in move) outcome.toTarget += move.c;
      else if (typeof move === 'object') outcome.toClient += move.t;
      continue;
    }
    for (const effect of effectsOf(relay, move)) {
      if (effect.kind === 'to-target') outcome.toTarget += effect.bytes.toString('latin1');
      else if (effect.kind === 'to-client') outcome.toClient += effect.bytes.toString('latin1');
      else outcome.ends.push(effect.kind);
    }
  }
  return outcome;
}

function effectsOf(relay: HttpRelay, move: Move): Effect[] {
  switch (move) {
    case 'client-end':
      return relay.clientEnded();
    case 'target-end':
      return relay.targetEnded();
    case 'target-lost':
      return relay.targetLost(REFUSAL);
    case 'timeout':
      return relay.headTimedOut();
    default:
      return 'c' in move
        ? relay.fromClient(Buffer.from(move.c, 'latin1'))
        : relay.fromTarget(Buffer.from(move.t, 'latin1'));
  }
}

const get = (path: string, host: string, extra = '') =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${extra}\r\n`;
const ok = (body: string, extra = '') =>
  `HTTP/1.1 200 OK\r\nContent-Length:${Buffer.byteLength(body)}\r\n${extra}\r\n${body}`;
const version = (host: string) => `{\n   "webSocketDebuggerUrl": "ws://${host}/devtools/browser/1"\n}`;
const list = (host: string) =>
  `[ {\n   "devtoolsFrontendUrl": "https://x.example/inspector.html?ws=${host}/devtools/page/2",\n   "title": "ws://127.0.0.1:9222/ and \\"webSocketDebuggerUrl\\": \\"ws://127.0.0.1:9222/",\n   "webSocketDebuggerUrl": "ws://${host}/devtools/page/2"\n} ]`;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
const SWITCH = 'HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\n\r\n';

describe('requests whose Host Chrome accepts', () => {
  it.each(['127.0.0.1:9224', '[::1]:9224', 'localhost', 'LOCALHOST:1', 'a.localhost:9224', '10.1.2.3'])(
    '%s passes byte for byte, both ways',
    (host) => {
      const request = get('/json/version', host, 'Origin: http://evil.example\r\nX:  y \r\n');
      const answer = ok(version(host));
      expect(play([{ c: request }, { t: answer }])).toEqual({
        toTarget: request,
        toClient: answer,
        ends: [],
      });
    },
  );
});

describe('requests whose Host is listed', () => {
  it.each(['host.docker.internal:9224', 'host.containers.internal', 'box.lan:80', 'BOX.LAN'])(
    '%s becomes the target, and the answer names the caller',
    (host) => {
      const { toTarget, toClient } = play([
        { c: get('/json/version', host, 'Origin: http://a.b\r\n') },
        { t: ok(version('127.0.0.1:9222')) },
      ]);
      expect(toTarget).toBe(get('/json/version', '127.0.0.1:9222', 'Origin: http://a.b\r\n'));
      expect(toClient).toBe(ok(version(host)));
    },
  );

  it('changes both URL fields and nothing that a page wrote into its title', () => {
    const { toClient } = play([
      { c: get('/json/list', 'box.lan:9224') },
      { t: ok(list('127.0.0.1:9222'), 'Content-Type: application/json\r\n') },
    ]);
    expect(toClient).toBe(ok(list('box.lan:9224'), 'Content-Type: application/json\r\n'));
  });

  it('changes no answer outside /json', () => {
    const answer = ok(version('127.0.0.1:9222'));
    expect(play([{ c: get('/jsonx', 'box.lan') }, { t: answer }]).toClient).toBe(answer);
  });

  it('uses localhost where the target has a name that Chrome would refuse as well', () => {
    const relay = new HttpRelay({ allowedHosts: ['box.lan'], target: { host: 'box.lan', port: 1 } });
    expect(play([{ c: get('/', 'box.lan') }], relay).toTarget).toBe(get('/', 'localhost:1'));
  });

  it('gives each of several pipelined requests its own answer', () => {
    const { toTarget, toClient, ends } = play([
      {
        c:
          get('/json/version', 'box.lan:1') +
          get('/json/version', '127.0.0.1:2') +
          get('/json/version', 'box.lan:3'),
      },
      { t: ok(version('127.0.0.1:9222')) + ok(version('127.0.0.1:2')) + ok(version('127.0.0.1:9222')) },
    ]);
    expect(toTarget).toBe(
      ['127.0.0.1:9222', '127.0.0.1:2', '127.0.0.1:9222'].map((host) => get('/json/version', host)).join(''),
    );
    expect(toClient).toBe(
      ['box.lan:1', '127.0.0.1:2', 'box.lan:3'].map((host) => ok(version(host))).join(''),
    );
    expect(ends).toEqual([]);
  });

  it('passes a /json answer that is too long to collect, or of unknown length, as it is', () => {
    const long = `HTTP/1.1 200 OK\r\nContent-Length: ${8 * 1024 * 1024 + 1}\r\n\r\n${version('127.0.0.1:9222')}`;
    expect(play([{ c: get('/json', 'box.lan') }, { t: long }]).toClient).toBe(long);
    const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
    const next = ok(version('127.0.0.1:9222'));
    const { toClient } = play([
      { c: get('/json', 'box.lan') + get('/json', 'box.lan') },
      { t: chunked + next },
    ]);
    expect(toClient).toBe(chunked + ok(version('box.lan')));
  });
});

describe('requests that are refused', () => {
  const bad = (c: string) => {
    const { toTarget, toClient, ends } = play([{ c }]);
    const [head = '', body = ''] = toClient.split('\r\n\r\n');
    return { toTarget, ends, status: Number(head.split(' ')[1]), head, body: body && JSON.parse(body) };
  };

  it.each(HOSTILE_HOSTS)('Host %s is 403 and never reaches the browser', (host) => {
    const { toTarget, status, body, ends } = bad(get('/json/version', host));
    expect({ toTarget, status, ends, error: body.error }).toEqual({
      toTarget: '',
      status: 403,
      ends: ['close'],
      error: 'HOST_REFUSED',
    });
  });

  it.each(HARMLESS_HOSTS)('Host %s passes', (host) => {
    expect(bad(get('/json/version', host))).toMatchObject({ ends: [], body: '' });
  });

  it.each(['evil.example', 'evil.example:9224', 'localhost.evil.example', 'xlocalhost'])(
    'Host %s: the refusal says which flag allows it',
    (host) => {
      const { toTarget, status, body, ends, head } = bad(get('/json/version', host));
      expect({ toTarget, status, ends }).toEqual({ toTarget: '', status: 403, ends: ['close'] });
      expect(body).toMatchObject({ error: 'HOST_REFUSED' });
      expect(body.hint).toContain(`--allowed-hosts ${host.replace(/:\d+$/, '')}`);
      expect(head).toContain('Connection: close');
    },
  );

  it.each([
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n\r\n', 400],
    ['a Host that is no host', 'GET / HTTP/1.1\r\nHost: a@localhost\r\n\r\n', 403],
    ['a Host with a blank inside', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n', 400],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : localhost\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost\r\n\r\n', 400],
    ['bare line feeds', 'GET / HTTP/1.1\nHost: localhost\n\n', 400],
    ['one bare line feed', 'GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n', 400],
    ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n', 400],
    ['a NUL', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n', 400],
    ['another version', 'GET / HTTP/2.0\r\nHost: localhost\r\n\r\n', 400],
    ['no version', 'GET /\r\n\r\n', 400],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
    ],
    ['a strange length', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: +1\r\n\r\n', 400],
    [
      'length and coding',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['another coding', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 400],
    ['an absolute target elsewhere', 'GET http://evil.example/json HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['an absolute target here', 'GET http://localhost/json HTTP/1.1\r\nHost: evil.example\r\n\r\n', 400],
    ['HTTP/1.0 without Host', 'GET /json HTTP/1.0\r\n\r\n', 400],
    [
      'a coding that ends in more',
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, identity\r\n\r\n',
      400,
    ],
    [
      'two codings',
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['CONNECT', 'CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n', 501],
    [
      'a head of more than 64 KiB',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(65_536)}\r\n\r\n`,
      431,
    ],
    ['an endless head', `GET / HTTP/1.1\r\nX: ${'a'.repeat(70_000)}`, 431],
  ])('%s', (_name, request, status) => {
    const result = bad(request);
    expect(result).toMatchObject({ toTarget: '', status, ends: ['close'] });
    expect(Object.keys(result.body)).toEqual(['error', 'message', 'hint']);
  });

  it('a long row of blanks in a header costs no time', () => {
    const start = performance.now();
    expect(bad(`GET / HTTP/1.1\r\nHost: a${' '.repeat(60_000)}b\r\n\r\n`).status).toBe(400);
    expect(performance.now() - start).toBeLessThan(200);
  });

  it('the refusal waits for the answers that are due, and nothing behind it is read', () => {
    const relay = new HttpRelay({ allowedHosts: [], target: TARGET });
    const first = get('/', 'localhost');
    const asked = play([{ c: first + get('/', 'evil.example') + get('/second', 'localhost') }], relay);
    expect(asked).toEqual({ toTarget: first, toClient: '', ends: [] });
    const answered = play([{ t: ok('one') }], relay);
    expect(answered.toClient.startsWith(`${ok('one')}HTTP/1.1 403 `)).toBe(true);
    expect(answered.ends).toEqual(['close']);
  });

  it('HEAD gets no body', () => {
    expect(play([{ c: 'HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n' }]).toClient).toMatch(/\r\n\r\n$/);
  });

  it('a head that takes too long is 408, after the answers that are due', () => {
    const relay = new HttpRelay({ allowedHosts: [], target: TARGET });
    expect(relay.partialHead).toBe(0);
    play([{ c: 'GET / HT' }], relay);
    const one = relay.partialHead;
    expect(one).toBeGreaterThan(0);
    play([{ c: 'TP/1.1\r\nHost: localhost\r\n\r\nGET /' }], relay);
    expect(relay.partialHead).toBeGreaterThan(one);
    expect(play(['timeout'], relay)).toEqual({ toTarget: '', toClient: '', ends: [] });
    expect(play([{ t: ok('') }], relay).toClient).toContain('HTTP/1.1 408 ');
  });
});

describe('bodies of requests', () => {
  it('pass by their length or chunks, and the next head is checked again', () => {
    const sized =
      'PUT /json/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n';
    const chunked =
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nab\r\nc\r\n0\r\nTrailer: 1\r\n\r\n';
    const { toTarget } = play([{ c: `${sized}${chunked}${get('/', 'box.lan')}${get('/', 'evil.example')}` }]);
    expect(toTarget).toBe(sized + chunked + get('/', '127.0.0.1:9222'));
  });

  it.each([
    'zz\r\n',
    '\r\n',
    '5\r\nabcdeX',
    '5\r\nabcde\rX',
    '11111111111111\r\n',
    `0\r\n${'a'.repeat(20_000)}`,
  ])('a broken chunk %j is 400', (body) => {
    const { toClient, ends } = play([
      { c: `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${body}` },
    ]);
    expect(toClient).toContain('HTTP/1.1 400 ');
    expect(ends).toEqual(['close']);
  });
});

describe('answers', () => {
  it.each([
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    ['100 before the final one', `HTTP/1.1 100 Continue\r\n\r\n${ok('abc')}`],
    ['an empty one', ok('')],
    ['chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
  ])('%s ends where it ends', (_name, answer) => {
    const { toClient } = play([
      { c: get('/', 'localhost') + get('/json', 'box.lan') },
      { t: answer + ok(version('127.0.0.1:9222')) },
    ]);
    expect(toClient).toBe(answer + ok(version('box.lan')));
  });

  it.each(['', version('127.0.0.1:9222'), 'Host header is'])(
    'to HEAD, with the body that Chrome sends all the same (%j)',
    (body) => {
      const head = 'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n'.replace('14', String(body.length || 14));
      const { toClient } = play([
        { c: `HEAD /json HTTP/1.1\r\nHost: box.lan\r\n\r\n${get('/json', 'box.lan')}` },
        { t: head + body + ok(version('127.0.0.1:9222')) },
      ]);
      expect(toClient).toBe(head + body + ok(version('box.lan')));
    },
  );

  it('that nobody asked for, or that are no HTTP, pass as bytes', () => {
    const { toClient, ends } = play([{ c: get('/', 'localhost') }, { t: `SSH-2.0\r\n\r\n${SWITCH}x` }]);
    expect({ toClient, ends }).toEqual({ toClient: `SSH-2.0\r\n\r\n${SWITCH}x`, ends: [] });
    const late = 'HTTP/1.1 408 Request Timeout\r\n\r\n';
    expect(play([{ c: get('/', 'localhost') }, { t: ok('') }, { t: late }]).toClient).toBe(ok('') + late);
  });

  it('of unknown length last until the target ends', () => {
    const answer = 'HTTP/1.0 200 OK\r\n\r\nsome';
    expect(play([{ c: get('/json', 'box.lan') }, { t: answer }, { t: ' more' }, 'target-end'])).toMatchObject(
      {
        toClient: `${answer} more`,
        ends: ['close'],
      },
    );
  });

  it('are counted with their failures', () => {
    const relay = new HttpRelay({ allowedHosts: [], target: TARGET });
    const missing = 'HTTP/1.1 404 Not Found\r\nContent-Length:0\r\n\r\n';
    play(
      [{ c: get('/', '[::1]', 'User-Agent: curl/8.5 (x)\r\n') + get('/', '[::1]') }, { t: ok('') + missing }],
      relay,
    );
    expect(relay).toMatchObject({ requests: 2, failures: 1, userAgent: 'curl/8.5 (x)', idle: true });
  });
});

describe('leaving HTTP', () => {
  it('after 101 all is raw, what was sent ahead included', () => {
    const { toTarget, toClient, ends } = play([
      { c: `${get('/devtools/browser/1', 'box.lan', UPGRADE)}frame` },
      { t: `${SWITCH}hello` },
    ]);
    expect(toTarget).toBe(`${get('/devtools/browser/1', '127.0.0.1:9222', UPGRADE)}frame`);
    expect({ toClient, ends }).toEqual({ toClient: `${SWITCH}hello`, ends: ['raw'] });
  });

  it('before 101 nothing passes; a refused upgrade stays HTTP, and what was held is checked', () => {
    const relay = new HttpRelay({ allowedHosts: [], target: TARGET });
    const upgrade = get('/devtools/browser/x', 'localhost', UPGRADE);
    expect(play([{ c: upgrade + get('/', 'evil.example') }], relay).toTarget).toBe(upgrade);
    const missing = 'HTTP/1.1 404 Not Found\r\nContent-Length:0\r\n\r\n';
    const { toClient, ends } = play([{ t: missing }], relay);
    expect(toClient.startsWith(`${missing}HTTP/1.1 403 `)).toBe(true);
    expect(ends).toEqual(['close']);
  });

  it('a 101 that nobody asked for resets', () => {
    expect(play([{ c: get('/', 'localhost') }, { t: SWITCH }]).ends).toEqual(['reset']);
  });

  it.each(['\x16\x03\x01\x02\0', 'hello world\n', ' GET / HTTP/1.1', 'A'.repeat(40), '{"id":1}', 'GET ?'])(
    '%j is no HTTP: bytes both ways',
    (c) => {
      expect(play([{ c }])).toEqual({ toTarget: c, toClient: '', ends: ['raw'] });
    },
  );

  it('a target that speaks first speaks no HTTP', () => {
    expect(play([{ c: 'GE' }, { t: '220 ready\r\n' }])).toEqual({
      toTarget: 'GE',
      toClient: '220 ready\r\n',
      ends: ['raw'],
    });
  });
});

describe('ends', () => {
  it('FIN waits for the answers that are due: Chrome would drop them', () => {
    const relay = new HttpRelay({ allowedHosts: [], target: TARGET });
    expect(play([{ c: get('/', 'localhost') + get('/', 'localhost') }, 'client-end'], relay).ends).toEqual(
      [],
    );
    expect(play([{ t: ok('1') }], relay).ends).toEqual([]);
    expect(play([{ t: ok('2') }], relay).ends).toEqual(['end-target']);
    expect(play(['target-end'], relay).ends).toEqual(['close']);
  });

  it('FIN of a client that said nothing, or that broke off in a body, passes at once', () => {
    expect(play(['client-end']).ends).toEqual(['raw']);
    expect(play([{ c: 'GET / HTTP/1.1\r\n' }, 'client-end']).ends).toEqual(['end-target']);
    const half = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc';
    expect(play([{ c: half }, 'client-end']).ends).toEqual(['end-target']);
  });

  it('a target that ends without an answer is a 502 for the client that waits', () => {
    const { toClient, ends } = play([{ c: get('/', 'localhost') }, { t: 'HTTP/1.1 2' }, 'target-end']);
    expect(toClient).toMatch(/^HTTP\/1\.1 502 /);
    expect(ends).toEqual(['close']);
  });

  it('a target that ends in the middle of an answer ends the client there', () => {
    const cut = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc';
    const { toClient, ends } = play([{ c: get('/', 'localhost') }, { t: cut }, 'target-end']);
    expect({ toClient, ends }).toEqual({ toClient: cut, ends: ['close'] });
    expect(play([{ c: get('/', 'localhost') }, { t: cut }, 'target-lost']).ends).toEqual(['reset']);
  });

  it('without a target HTTP gets the reason, once its head is there and its Host allowed, and the rest is closed', () => {
    expect(play(['target-lost', { c: 'GET / HTTP/1.1\r\n' }])).toEqual({
      toTarget: '',
      toClient: '',
      ends: [],
    });
    expect(play(['target-lost', { c: get('/', 'localhost') }]).toClient).toMatch(/^HTTP\/1\.1 503 /);
    expect(play(['target-lost', { c: get('/', 'evil.example') }]).toClient).toMatch(/^HTTP\/1\.1 403 /);
    expect(play(['target-lost', { c: '\0' }])).toEqual({ toTarget: '', toClient: '', ends: ['close'] });
    expect(play(['target-lost', 'timeout'])).toEqual({ toTarget: '', toClient: '', ends: ['close'] });
    expect(play(['target-lost', 'client-end']).ends).toEqual(['close']);
    expect(play([{ c: get('/', 'localhost') }, 'target-lost']).toClient).toMatch(/^HTTP\/1\.1 503 /);
  });
});

describe('any chunking of the same bytes', () => {
  const requests = fc.constantFrom(
    get('/json/version', 'box.lan:9224'),
    get('/json/list', '127.0.0.1:9224'),
    'PUT /json/new HTTP/1.1\r\nHost: box.lan\r\nContent-Length: 3\r\n\r\nabc',
    'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n',
    'HEAD /json HTTP/1.1\r\nHost: box.lan\r\n\r\n',
    get('/devtools/browser/1', 'box.lan', UPGRADE),
    get('/', 'evil.example'),
    'GET / HTTP/1.1\nHost: localhost\n\n',
    '\r\n',
    'no http\r\n',
    '\0\x01',
  );
  const answers = fc.constantFrom(
    ok(version('127.0.0.1:9222')),
    ok(list('127.0.0.1:9222')),
    ok(''),
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 404 Not Found\r\nContent-Length:0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\nuntil the end',
    SWITCH,
    'garbage',
  );
  const stream = (part: fc.Arbitrary<string>) =>
    fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 12 });

  it('gives the same bytes and the same end', () => {
    fc.assert(
      fc.property(stream(requests), stream(answers), cuts, cuts, (client, target, clientCuts, targetCuts) => {
        const whole = play([
          ...pieces('c', client, []),
          ...pieces('t', target, []),
          'client-end',
          'target-end',
        ]);
        const cut = play([
          ...pieces('c', client, clientCuts),
          ...pieces('t', target, targetCuts),
          'client-end',
          'target-end',
        ]);
        expect(cut).toEqual(whole);
      }),
      { numRuns: 1500 },
    );
  });

  function pieces(side: 'c' | 't', bytes: string, at: readonly number[]): Move[] {
    const edges = [...new Set([0, ...at.filter((cut) => cut < bytes.length), bytes.length])].sort(
      (a, b) => a - b,
    );
    return edges
      .slice(1)
      .map((edge, i) => bytes.slice(edges[i], edge))
      .filter((piece) => piece !== '')
      .map((piece) => (side === 'c' ? { c: piece } : { t: piece }));
  }
});
