import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { type Addressee, AGAIN, commandText, prettyBody, prettyJson } from '../../src/cli/ui/copy-forms.ts';
import { aBody } from './helpers/hub.ts';

const AT: Addressee = { gateway: 'http://127.0.0.1:9223/', workspace: 'play.wright', target: 'T1' };
const EVIL = `it's "$(touch /tmp/x)" \`id\` \\ ! \u001b[2J\u0000\u202e\u2028\u009b🎩日本\n'\\''`;

function text(label: string, message: unknown, at = AT): string {
  const form = AGAIN.find((each) => each.label === label);
  return (form && commandText(form, aBody(message), at)) ?? '';
}

/** The words that a shell makes of a line. */
function words(line: string): string[] {
  const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return printed.split('\0').slice(0, -1);
}

describe('a command, written to be given again', () => {
  const navigate = {
    id: 7,
    sessionId: 'S',
    method: 'Page.navigate',
    params: { url: 'https://example.com/' },
  };

  test('curl and wscat name the workspace and the tab, and neither id nor session of the client', () => {
    const call = { method: 'Page.navigate', params: { url: 'https://example.com/' }, targetId: 'T1' };
    const json = ['-H', 'content-type: application/json', '-d'];
    expect(words(text('curl', navigate))).toEqual([
      'curl',
      '-s',
      'http://127.0.0.1:9223/execute?workspace=play.wright',
      ...json,
      JSON.stringify(call),
    ]);
    expect(words(text('wscat', navigate))).toEqual([
      'npx',
      'wscat',
      '-c',
      'ws://127.0.0.1:9223/ws?workspace=play.wright',
      '-x',
      JSON.stringify(call),
      '-w',
      '5',
    ]);
  });

  test('without a client that is known it is for the tab of whoever gives it', () => {
    const at = { gateway: 'http://[::1]:9223', workspace: null, target: '' };
    expect(words(text('curl', { method: 'Page.reload', params: {} }, at))).toEqual([
      'curl',
      '-s',
      'http://[::1]:9223/execute',
      '-H',
      'content-type: application/json',
      '-d',
      '{"method":"Page.reload"}',
    ]);
  });

  test('the monitor of DevTools takes a method alone, or JSON with the parameters', () => {
    expect(text('DevTools monitor', { id: 1, method: 'Page.reload' })).toBe('Page.reload');
    expect(JSON.parse(text('DevTools monitor', navigate))).toEqual({
      command: 'Page.navigate',
      parameters: { url: 'https://example.com/' },
    });
  });

  test.each(['curl', 'wscat'])('%s: whatever is in it, a shell sees words and nothing else', (label) => {
    const message = { method: EVIL, params: { [EVIL]: EVIL } };
    const line = text(label, message);
    expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028]/u);
    const call = words(line).find((word) => word.startsWith('{'));
    expect(JSON.parse(call ?? '')).toEqual({ ...message, targetId: 'T1' });
  });

  test.each([
    ['cut', { ...aBody(navigate), cut: true }],
    ['no JSON', { text: '{"method":"Page.nav', bytes: 19, cut: false }],
    ['no command', aBody({ id: 1, result: {} })],
  ])('one that is %s cannot be given again', (_, body) => {
    for (const form of AGAIN) expect(commandText(form, body, AT)).toBeNull();
  });
});

describe('JSON to be read', () => {
  test('means the same, without characters that a terminal acts on', () => {
    const value = { text: EVIL, tab: '\t\r\u007f', half: '\ud800' };
    const pretty = prettyJson(value);
    expect(pretty).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}\u2028]/u);
    expect(JSON.parse(pretty)).toEqual(value);
    expect(pretty).toContain('🎩日本');
  });

  test('a message that was cut is there as far as it goes', () => {
    const text = '{"method":"A.b","params":{"x":"\u001b[2J\u202e';
    expect(prettyBody({ text, bytes: 1000, cut: true })).toBe(
      '{"method":"A.b","params":{"x":"\\u001b[2J\\u202e',
    );
  });
});
