import { describe, expect, test } from 'vitest';
import { MAX_ORIGINS, Permissions } from '../../../../src/gateway/isolation/permissions.ts';

const A = 'https://a.test';
const B = 'https://b.test';

/** What the browser is sent, in short: `grant https://a.test geolocation,midi`. */
const short = ({ method, params }: { method: string; params: object }) => {
  const { permissions, permission, setting, origin } = params as {
    permissions?: string[];
    permission?: { name: string };
    setting?: string;
    origin?: string;
  };
  return [
    method.replace(/^Browser\.(\w+)Permissions?$/, '$1'),
    origin ?? (method.startsWith('Browser.reset') ? null : '*'),
    permissions?.join() ?? null,
    permission ? `${permission.name}=${setting}` : null,
  ]
    .filter((part) => part !== null)
    .join(' ');
};

/** Clients by name; each call returns what the browser is sent for it, which it takes. */
function table() {
  const permissions = new Permissions<string>();
  const origin = (at: string) => (at === '*' ? {} : { origin: at });
  const take = (change: ReturnType<typeof permissions.grant>) => {
    change?.commit();
    return change ? [change.first, ...change.behind].map(short) : null;
  };
  return {
    permissions,
    grant: (client: string, at: string, ...names: string[]) =>
      take(permissions.grant(client, { ...origin(at), permissions: names })),
    set: (client: string, at: string, name: string, setting: string) =>
      take(permissions.set(client, { ...origin(at), permission: { name }, setting })),
    drop: (client: string) => permissions.drop(client).map(short),
  };
}

test('a grant is the union of what all clients granted for that origin, and of that origin alone', () => {
  const t = table();
  expect(t.grant('ann', A, 'geolocation')).toEqual([`grant ${A} geolocation`]);
  expect(t.grant('bob', A, 'midi')).toEqual([`grant ${A} midi,geolocation`]);
  expect(t.grant('bob', B, 'nfc')).toEqual([`grant ${B} nfc`]);
});

test("a client's later grant replaces its own earlier one, and nobody else's", () => {
  const t = table();
  t.grant('ann', A, 'geolocation', 'midi');
  t.grant('bob', A, 'nfc');
  expect(t.grant('ann', A, 'notifications')).toEqual([`grant ${A} notifications,nfc`]);
  expect(t.grant('ann', A)).toEqual([`grant ${A} nfc`]);
});

test('an origin is the same however it is written', () => {
  const t = table();
  t.grant('ann', A, 'midi');
  expect(t.grant('bob', `${A}/some/page`, 'nfc')).toEqual([`grant ${A}/some/page nfc,midi`]);
});

test('who leaves takes its own along: all is forgotten, and the rest granted anew', () => {
  const t = table();
  t.grant('ann', A, 'geolocation');
  t.grant('bob', B, 'midi');
  t.grant('bob', '*', 'nfc');
  t.set('bob', B, 'camera', 'denied');
  expect(t.drop('ann')).toEqual(['reset', 'grant * nfc', `grant ${B} midi`, `set ${B} camera=denied`]);
  expect(t.drop('ann')).toEqual([]);
  expect(t.drop('bob')).toEqual(['reset']);
  expect(t.permissions.empty).toBe(true);
});

test('what counts everywhere counts at an origin of somebody else too, which would hide it', () => {
  const t = table();
  t.grant('ann', '*', 'geolocation');
  expect(t.grant('bob', A, 'midi')).toEqual([`grant ${A} midi,geolocation`]);
  expect(t.grant('ann', '*', 'nfc')).toEqual(['grant * nfc', `grant ${A} nfc,midi`]);
  expect(t.set('bob', B, 'camera', 'granted')).toEqual([
    `set ${B} camera=granted`,
    `grant ${B} nfc`,
    `set ${B} camera=granted`,
  ]);
});

describe('a permission that is set', () => {
  test('comes on top of the grants, and goes with the next grant of the same client', () => {
    const t = table();
    t.grant('ann', A, 'geolocation');
    expect(t.set('ann', A, 'geolocation', 'denied')).toEqual([`set ${A} geolocation=denied`]);
    expect(t.grant('bob', A, 'midi')).toEqual([`grant ${A} midi,geolocation`, `set ${A} geolocation=denied`]);
    expect(t.grant('ann', A, 'geolocation')).toEqual([`grant ${A} geolocation,midi`]);
  });

  test('is granted where any client granted it, by whatever name', () => {
    const t = table();
    t.grant('ann', A, 'videoCapture');
    expect(t.set('bob', A, 'camera', 'denied')).toEqual([`set ${A} camera=granted`]);
    t.set('ann', B, 'midi', 'granted');
    expect(t.set('bob', B, 'midi', 'prompt')).toEqual([`set ${B} midi=granted`]);
    expect(t.drop('ann')).toEqual(['reset', `set ${A} camera=denied`, `set ${B} midi=prompt`]);
  });

  test('is else what was set last', () => {
    const t = table();
    t.set('ann', A, 'midi', 'denied');
    expect(t.set('bob', A, 'midi', 'prompt')).toEqual([`set ${A} midi=prompt`]);
    expect(t.set('ann', A, 'midi', 'denied')).toEqual([`set ${A} midi=denied`]);
  });

  test('is asked for as it was where the setting is none, for the browser to refuse', () => {
    const t = table();
    t.grant('ann', A, 'midi');
    expect(t.set('bob', A, 'midi', 'nope')).toEqual([`set ${A} midi=nope`]);
  });
});

test('a change that the browser does not take changes nothing', () => {
  const { permissions } = table();
  expect(permissions.grant('ann', { permissions: ['nope'] })?.first.method).toBe('Browser.grantPermissions');
  expect(permissions.empty).toBe(true);
});

test.each([{}, { permissions: 'midi' }, { permissions: [7] }, { permissions: ['midi'], origin: 7 }])(
  'parameters that Chrome would not take: %j',
  (params) => {
    expect(new Permissions().grant('ann', params)).toBeNull();
    expect(new Permissions().set('ann', params)).toBeNull();
  },
);

test('a client has permissions for 100 origins at most, and for what it has already it may still ask', () => {
  const { permissions, grant, set, drop } = table();
  const full = (client: string, origin?: unknown) => permissions.full(client, { origin });
  for (let i = 0; i < MAX_ORIGINS; i += 1) {
    expect(full('ann', `https://${i}.test`)).toBe(false);
    if (i % 2 === 0) grant('ann', `https://${i}.test`, 'midi');
    else set('ann', `https://${i}.test`, 'midi', 'denied');
  }
  expect([full('ann', A), full('bob', A)]).toEqual([true, false]);
  expect([full('ann', 'https://7.test'), full('ann', 'https://7.test:443/x')]).toEqual([false, false]);
  // All origins are one place more, and none of them.
  expect(full('ann')).toBe(false);
  grant('ann', '*', 'midi');
  expect(full('ann', A)).toBe(true);
  drop('ann');
  expect(full('ann', A)).toBe(false);
});
