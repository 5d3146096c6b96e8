import { describe, expect, it } from 'vitest';
import { hostAllowed, hostName, isLoopback, originAllowed } from '../../../src/shared/hosts.ts';

describe('hostAllowed', () => {
  it.each([
    '127.0.0.1:9223',
    'localhost',
    'LOCALHOST:1',
    'localhost.:80',
    '[::1]:9223',
    '192.168.1.5:9223',
    'alice.localhost:9223',
    'host.docker.internal:9224',
    'host.containers.internal',
  ])('lets %s pass', (host) => expect(hostAllowed(host)).toBe(true));

  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example:9223',
    '127.0.0.1@evil.example',
    '127.0.0.1:9223/evil',
    '[::1',
    'local host',
    '127.0.0.1:999999',
    '1.2.3',
  ])('refuses %s', (host) => expect(hostAllowed(host)).toBe(false));

  it('takes what the user listed, in any case, and nothing below it', () => {
    expect(hostAllowed('Windows-PC:9224', ['windows-pc'])).toBe(true);
    expect(hostAllowed('a.windows-pc', ['windows-pc'])).toBe(false);
  });
});

describe('originAllowed', () => {
  it.each([
    [undefined, '127.0.0.1:9223', true],
    ['http://127.0.0.1:9223', '127.0.0.1:9223', true],
    ['http://localhost:9223', 'localhost:9223', true],
    ['null', '127.0.0.1:9223', false],
    ['http://127.0.0.1:8080', '127.0.0.1:9223', false],
    ['https://127.0.0.1:9223', '127.0.0.1:9223', false],
    ['http://localhost:9223', '127.0.0.1:9223', false],
    ['http://evil.example', 'evil.example', false],
    ['', '127.0.0.1:9223', false],
  ])('Origin %s at Host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, host)).toBe(allowed);
  });

  it.each([
    ['http://hub.lan:9223', 'hub.lan:9223', true],
    ['http://hub.lan', 'hub.lan', true],
    ['http://hub.lan:9223', 'hub.lan:9224', false],
    ['http://hub.lan', 'hub.lan:9223', false],
    ['https://hub.lan:9223', 'hub.lan:9223', false],
    ['http://hub.lan:9223', '127.0.0.1:9223', false],
    ['http://127.0.0.1:9223', 'hub.lan:9223', false],
    ['http://a.hub.lan:9223', 'a.hub.lan:9223', false],
    ['http://hub.lan.evil.example:9223', 'hub.lan.evil.example:9223', false],
    ['hub.lan', 'hub.lan', false],
    ['null', 'hub.lan', false],
  ])('where hub.lan is listed, Origin %s at Host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, host, ['hub.lan'])).toBe(allowed);
  });

  it('takes an origin that was listed, exactly, and never null', () => {
    const at = (origin: string) =>
      originAllowed(origin, '127.0.0.1:9223', [], ['https://app.example', 'null']);
    expect(at('https://app.example')).toBe(true);
    for (const other of [
      'http://app.example',
      'https://app.example:8443',
      'https://app.example.evil',
      'https://a.app.example',
      'https://APP.example',
      'null',
    ]) {
      expect([other, at(other)]).toEqual([other, false]);
    }
  });
});

it('hostName strips the port and the brackets', () => {
  expect(['[::1]:80', 'A.b:1', 'x', 'x:'].map(hostName)).toEqual(['::1', 'a.b', 'x', null]);
});

it('isLoopback', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'LocalHost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '128.0.0.1', '127.evil', '1270.0.0.1'].some(isLoopback)).toBe(false);
});
