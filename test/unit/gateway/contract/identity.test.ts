import { describe, expect, test } from 'vitest';
import { callerOf, type Located, locate } from '../../../../src/gateway/contract/identity.ts';
import type { ListenSpec } from '../../../../src/shared/isolation.ts';
import type { Refusal } from '../../../../src/shared/refusal.ts';

const BOB: ListenSpec = { port: 9300, workspace: 'bob', isolation: 'context', seed: ['a.com', 'b.com'] };
const EVE: ListenSpec = { port: 9301, workspace: 'eve', isolation: null, seed: [] };

type Headers = Parameters<typeof locate>[1];

function located(url: string, headers: Headers = {}, port: ListenSpec | null = null): Located {
  const answer = locate(url, headers, port);
  if ('status' in answer) throw new Error(`${answer.status} ${answer.message}`);
  return answer;
}

function refused(url: string, headers: Headers = {}, port: ListenSpec | null = null): Refusal {
  const answer = locate(url, headers, port);
  if (!('status' in answer)) throw new Error(`taken as ${JSON.stringify(answer)}`);
  return answer;
}

describe('where a request leads', () => {
  test.each([
    // url, workspace, path, query, prefix, carried
    ['/', null, '/', '', '', ''],
    ['/json/version', null, '/json/version', '', '', ''],
    ['/w/alice', 'alice', '/', '', '/w/alice', ''],
    ['/w/alice/', 'alice', '/', '', '/w/alice', ''],
    ['/w/alice/json/version', 'alice', '/json/version', '', '/w/alice', ''],
    ['/w/alice/json/version/', 'alice', '/json/version/', '', '/w/alice', ''],
    ['/json/version/?workspace=alice', 'alice', '/json/version/', '', '/w/alice', ''],
    ['/w/alice/json?workspace=alice', 'alice', '/json', '', '/w/alice', ''],
    ['/w/%61lice/json', 'alice', '/json', '', '/w/alice', ''],
    ['/w/w/w/w', 'w', '/w/w', '', '/w/w', ''],
    ['/w/a.b-c_d/json', 'a.b-c_d', '/json', '', '/w/a.b-c_d', ''],
    ['/w/.../json', '...', '/json', '', '/w/...', ''],
    ['/wide/json', null, '/wide/json', '', '', ''],
    ['/W/alice/json', null, '/W/alice/json', '', '', ''],
    ['/w%2Falice/json', null, '/w%2Falice/json', '', '', ''],
    ['http://127.0.0.1:9223/w/alice/json', 'alice', '/json', '', '/w/alice', ''],
    ['http://127.0.0.1:9223?workspace=alice', 'alice', '/', '', '/w/alice', ''],
    ['/w/alice/json#w/bob', 'alice', '/json', '', '/w/alice', ''],
    ['/json/list?for_tab&workspace=alice', 'alice', '/json/list', '?for_tab', '/w/alice', ''],
    ['/json?isolation=tabs&isolation=tabs', null, '/json', '', '', '?isolation=tabs'],
    ['/json?token=s%26t&x=%20y', null, '/json', '?x=%20y', '', '?token=s%26t'],
    ['/w/a/json?token=', 'a', '/json', '', '/w/a', ''],
    ['*', null, '*', '', '', ''],
  ])('%s', (url, workspace, path, query, prefix, carried) => {
    const answer = located(url);
    expect(answer.identity.workspace).toBe(workspace);
    expect(answer).toMatchObject({ path, query, prefix, carried });
  });

  test('a page that /json/new is to open keeps a query of its own', () => {
    const open = 'https://a.com//x?workspace=carol;isolation=none';
    const answer = located(`/w/alice/json/new?${open}&isolation=context`);
    expect(answer).toMatchObject({ path: '/json/new', query: `?${open}`, prefix: '/w/alice' });
    expect(answer.identity).toMatchObject({ workspace: 'alice', isolation: 'context' });
  });

  test('the URLs handed out carry what the prefix does not', () => {
    const url = '/json/version?workspace=alice&isolation=context&seed=A.com,.b.com&client=my+agent&token=t';
    const { identity, prefix, carried } = located(url);
    expect(identity).toEqual({
      workspace: 'alice',
      isolation: 'context',
      seed: ['a.com', 'b.com'],
      client: 'my agent',
    });
    expect(prefix + carried).toBe('/w/alice?isolation=context&seed=A.com%2C.b.com&client=my+agent&token=t');
    expect(located(`${prefix}/json/version${carried}`)).toMatchObject({ identity, prefix, carried });
  });
});

test('X-Client-Id names a workspace like the path does', () => {
  expect(located('/execute', { 'x-client-id': 'alice' })).toMatchObject({
    identity: { workspace: 'alice' },
    path: '/execute',
    prefix: '/w/alice',
  });
  expect(located('/w/alice/execute', { 'x-client-id': ['alice', 'alice'] }).identity.workspace).toBe('alice');
});

test('a port names workspace, isolation and seed, and its URLs need no prefix', () => {
  expect(located('/json/version?client=x', {}, BOB)).toEqual({
    identity: { workspace: 'bob', isolation: 'context', seed: ['a.com', 'b.com'], client: 'x' },
    path: '/json/version',
    query: '',
    prefix: '',
    carried: '?client=x',
  });
  expect(located('/w/bob/json?seed=b.com,a.com&isolation=context', {}, BOB)).toMatchObject({
    identity: { workspace: 'bob' },
    prefix: '',
  });
  expect(located('/json?isolation=none', {}, EVE).identity).toMatchObject({
    workspace: 'eve',
    isolation: 'none',
  });
  expect(located('/json?seed=münchen.de,localhost', {}, EVE).identity).toMatchObject({
    isolation: 'context',
    seed: ['localhost', 'xn--mnchen-3ya.de'],
  });
});

describe('what is refused', () => {
  const name64 = 'x'.repeat(64);
  test.each<[string, Headers, ListenSpec | null, Refusal['status'], string]>([
    ['/w', {}, null, 404, 'there is no /w'],
    ['/w/', {}, null, 404, 'there is no /w/'],
    ['/w?workspace=alice', {}, null, 404, 'there is no /w'],
    ['//w/alice/json', {}, null, 404, 'there is no //w/alice/json'],
    ['/w//alice/json', {}, null, 404, 'there is no'],
    ['/w/alice//json', {}, null, 404, 'there is no'],
    ['/json//version', {}, null, 404, 'there is no'],
    ['/w/alice/../bob/json', {}, null, 404, 'there is no'],
    ['/w/alice/%2e%2E/bob/json', {}, null, 404, 'there is no'],
    ['/w/alice/./json', {}, null, 404, 'there is no'],
    ['/w/..', {}, null, 404, 'there is no'],
    ['/json/..', {}, null, 404, 'there is no'],
    ['/w/al%2Fice/json', {}, null, 400, '/w/al%2Fice names no workspace'],
    ['/w/%2e%2e%2fjson', {}, null, 400, 'names no workspace'],
    ['/w/%zz/json', {}, null, 400, 'names no workspace'],
    ['/w/%00/json', {}, null, 400, 'names no workspace'],
    [`/w/${name64}x/json`, {}, null, 400, 'names no workspace'],
    ['/json?workspace=', {}, null, 400, '?workspace= names no workspace'],
    ['/json?workspace=..', {}, null, 400, '?workspace=.. names no workspace'],
    ['/json?workspace=al/ice', {}, null, 400, 'names no workspace'],
    ['/execute', { 'x-client-id': 'a b' }, null, 422, 'X-Client-Id is no workspace name'],
    ['/execute', { 'x-client-id': ['a', 'b'] }, null, 422, 'X-Client-Id is no workspace name'],
    ['/execute', { 'x-client-id': '' }, null, 422, 'X-Client-Id is no workspace name'],
    ['/w/a/json?workspace=b', {}, null, 400, 'two different workspaces: the path /w/a and ?workspace=b'],
    ['/w/a/json', { 'x-client-id': 'b' }, null, 400, 'the path /w/a and the header X-Client-Id: b'],
    ['/json?workspace=a', { 'x-client-id': 'A' }, null, 400, '?workspace=a and the header X-Client-Id: A'],
    ['/w/a/json', {}, BOB, 400, 'the path /w/a and the port (its --listen says workspace bob)'],
    ['/json?workspace=a&workspace=b', {}, null, 400, 'the query says workspace twice'],
    ['/json?isolation=tabs&isolation=none', {}, null, 400, 'the query says isolation twice'],
    ['/json?seed=a.com&seed=b.com', {}, null, 400, 'the query says seed twice'],
    ['/json?isolation=Tabs', {}, null, 400, '?isolation=Tabs is no isolation'],
    ['/json?isolation=', {}, null, 400, '?isolation= is no isolation'],
    ['/json?isolation=tabs', {}, BOB, 400, 'two different isolations: ?isolation=tabs and the port'],
    ['/json?seed=a.com', {}, BOB, 400, 'two different seeds: ?seed=a.com and the port'],
    ['/json?seed=a.com&isolation=tabs', {}, null, 400, 'the isolation asked for is tabs'],
    ['/json?seed=a.com', {}, { ...EVE, isolation: 'none' }, 400, 'the isolation asked for is none'],
    ...['', 'a..com', 'https://a.com', 'a.com:80', '*.a.com', 'a b', '-a.com', '%2561.com', '.'].map(
      (site): [string, Headers, null, 400, string] => [
        `/json?seed=b.com,${site}`,
        {},
        null,
        400,
        'is no host name',
      ],
    ),
  ])('%s %j %j', (url, headers, port, status, text) => {
    const refusal = refused(url, headers, port);
    expect(refusal.status).toBe(status);
    expect(refusal.message).toContain(text);
    expect(refusal.hint).toMatch(/\w{3}/);
  });

  test('at whatever length, in an answer that is short', () => {
    expect(refused(`/w/${'y'.repeat(9000)}`).message.length).toBeLessThan(500);
    expect(refused(`/json?isolation=${'y'.repeat(9000)}`).message.length).toBeLessThan(500);
    expect(refused(`/${'y'.repeat(9000)}//`).message.length).toBeLessThan(500);
  });
});

test('a name of 64 characters is the longest', () => {
  expect(located(`/w/${'x'.repeat(64)}/json`).identity.workspace).toHaveLength(64);
});

describe('who makes calls', () => {
  test.each([
    // url, X-Client-Id, port, workspace
    ['/ws?client=alice', undefined, null, 'alice'],
    ['/execute?client=alice', undefined, null, 'alice'],
    ['/w/bob/ws?client=alice', undefined, null, 'bob'],
    ['/ws?client=alice&workspace=bob', undefined, null, 'bob'],
    ['/ws?client=alice', 'bob', null, 'bob'],
    ['/ws?client=alice', undefined, EVE, 'eve'],
    ['/ws?client=', undefined, null, null],
    ['/ws', undefined, null, null],
  ])('%s with %s is the workspace that is named, else the client', (url, name, port, workspace) => {
    const { identity } = located(url, name === undefined ? {} : { 'x-client-id': name }, port);
    expect(callerOf(identity)).toEqual({ ...identity, workspace });
  });

  test('a client that is no name is refused where it would have to be one', () => {
    expect(callerOf(located('/ws?client=my%20agent').identity)).toMatchObject({
      status: 400,
      message: expect.stringContaining('?client=my agent'),
    });
    const { identity } = located('/w/bob/ws?client=my%20agent');
    expect(callerOf(identity)).toEqual(identity);
  });
});
