import { expect, it } from 'vitest';
import { isControlPath, isFile, isPublic } from '../../../src/gateway/access.ts';

it.each([
  '/api/v2',
  '/api/v2/',
  '/api/v2?x',
  '/api/v2/clients/cdp-1?token=no#x',
  '/api/v2/events',
  '/api/v2/no/such/thing',
  '/w/alice/api/v2/clients',
  '/API/V2/clients',
  '/%61pi/v2/clients',
  '/api%2fv2/clients',
  '/api/%76%32/clients',
  '/%2561pi/v2',
  '/api\\v2/clients',
  '/x\\..\\api\\v2/clients',
  '/x/../api/v2/clients',
  '/api/./v2/clients',
  '//api//v2/clients',
  '/%ff/api/v2',
  'http://127.0.0.1:9223/api/v2/clients',
])('%s is taken for the control API', (target) => expect(isControlPath(target)).toBe(true));

it.each([
  '/',
  '/api',
  '/api/v1/clients',
  '/api/v22',
  '/apiv2',
  '/json/new?http://127.0.0.1/api/v2',
  '/json/version',
  '/execute',
])('%s is not', (target) => expect(isControlPath(target)).toBe(false));

it.each([
  '/devtools/inspector.html?ws=x',
  '/devtools/entrypoints/inspector/inspector.js',
  '/devtools/Images/cross@2x.svg',
  '/w/alice/devtools/inspector.html',
])('%s is a file like any other machine’s', (target) => expect(isFile(target)).toBe(true));

it.each([
  '/devtools',
  '/devtools/',
  '/devtools/browser/x',
  '/devtools/page/x',
  '/w/alice/devtools/page/x',
  '/devtools/../stats',
  '/devtools/./x',
  '/devtools/%2e%2e/stats',
  '/devtools//stats',
  '/devtools\\..\\stats',
  '/docs/swagger-ui.css',
  '/stats',
  '/x/devtools/a.js',
  '//devtools/a.js',
])('%s is none', (target) => expect(isFile(target)).toBe(false));

it('only the two that tell whether the hub is there are for all', () => {
  expect(['/', '/?x', '/health', '/health/', '/health?x'].map(isPublic)).toEqual(Array(5).fill(true));
  expect(['', '/healthy', '//', '//health', '/w/a/health', '/stats', '/%68ealth'].map(isPublic)).toEqual(
    Array(7).fill(false),
  );
});
