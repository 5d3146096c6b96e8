import { expect, it } from 'vitest';
import { CLIENTS, type ClientName } from '../../../src/cli/config-clients/clients.ts';
import {
  type ConfigOptions,
  choiceOf,
  refuseForSnippet,
  targetOf,
  wishesOf,
} from '../../../src/cli/config-options.ts';
import { writeCommand } from '../../../src/cli/config-words.ts';

const options = (given: Partial<ConfigOptions> = {}): ConfigOptions => ({ name: 'cdp-hub', ...given });
const choice = (name: ClientName, given: Partial<ConfigOptions> = {}) =>
  choiceOf(CLIENTS[name], name, options(given));
const refused = (words: string) =>
  expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(words) });

it('clients go by more than one name', () => {
  expect(targetOf('gemini')).toEqual({ kind: 'client', name: 'gemini-cli' });
  expect(targetOf('vscode')).toEqual({ kind: 'client', name: 'vscode' });
  expect(targetOf('playwright-mcp')).toEqual({ kind: 'snippet', name: 'playwright-mcp' });
  expect(() => targetOf('emacs')).toThrow(refused('there is no client "emacs"'));
});

it('the form and the file are those that the client has', () => {
  expect(choice('cursor')).toEqual({ transport: 'http', scope: 'user' });
  expect(choice('claude-code', { stdio: true })).toEqual({ transport: 'stdio', scope: 'project' });
  expect(choice('claude-code', { scope: 'user' })).toEqual({ transport: 'http', scope: 'user' });
  expect(choice('claude-desktop')).toEqual({ transport: 'stdio', scope: 'user' });
  expect(() => choice('claude-desktop', { http: true })).toThrow(refused('takes no HTTP servers'));
  expect(() => choice('windsurf', { scope: 'project' })).toThrow(
    refused('Windsurf has no file for a project'),
  );
});

it.each<[Partial<ConfigOptions>, string]>([
  [{ http: true, stdio: true }, '--http and --stdio are both given'],
  [{ file: 'x', scope: 'user' }, '--file and --scope are both given'],
  [{ name: 'a b' }, '--name a b is no name'],
  [{ name: 'a.b' }, '--name a.b is no name'],
])('%j is refused', (given, words) => {
  expect(() => choice('cursor', given)).toThrow(refused(words));
});

it.each<[Partial<ConfigOptions>, string]>([
  [{ workspace: 'a/b' }, '--workspace a/b is no name'],
  [{ tools: 'core, debug' }, '--tools core, debug names no groups'],
  [{ tools: '' }, 'names no groups'],
])('%j is refused as well', (given, words) => {
  expect(() => wishesOf(options(given))).toThrow(refused(words));
});

it('what speaks CDP has no file and no tools', () => {
  refuseForSnippet('puppeteer', options({ workspace: 'a', isolation: 'none' }));
  expect(() => refuseForSnippet('puppeteer', options({ write: true }))).toThrow(
    refused('there is no file of'),
  );
  expect(() => refuseForSnippet('playwright', options({ tools: 'core', scope: 'user' }))).toThrow(
    refused('--scope, --tools says nothing of playwright'),
  );
});

it('the command that writes is the same with --write', () => {
  expect(writeCommand('cursor', options())).toBe('cdp-hub config cursor --write');
  expect(
    writeCommand('codex', options({ stdio: true, withToken: true, file: "a b's", name: 'x', tools: 'core' })),
  ).toBe("cdp-hub config codex --stdio --with-token --file 'a b'\\''s' --name x --tools core --write");
});
