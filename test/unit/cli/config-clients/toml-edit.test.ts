import { describe, expect, it } from 'vitest';
import { editToml } from '../../../../src/cli/config-clients/toml-edit.ts';

const entry = { path: ['mcp_servers', 'cdp-hub'], value: { url: 'u' } };
const OWN = '[mcp_servers.cdp-hub]\nurl = "u"';

describe('a TOML file with an entry put into it', () => {
  it.each([
    ['nothing', '', `${OWN}\n`],
    ['keys alone', '# mine\nmodel = "m" # why\n', `# mine\nmodel = "m" # why\n\n${OWN}\n`],
    ['no newline at the end', 'model = "m"', `model = "m"\n\n${OWN}`],
    [
      'another server, and comments before the next section',
      '[mcp_servers.b]\ncommand = "x" # c\n\n# of the tui\n[tui]\ntheme = "dark"\n',
      `[mcp_servers.b]\ncommand = "x" # c\n\n# of the tui\n[tui]\ntheme = "dark"\n\n${OWN}\n`,
    ],
    [
      'an old entry with a section of its own below it',
      'a = 1\n\n# hub\n[mcp_servers."cdp-hub"] # old\ncommand = "x"\nargs = [\n  "[not.a.section]", # ]\n]\n\n# env\n[ mcp_servers . cdp-hub . env ]\nA = "1"\n\n# of b\n[mcp_servers.b]\nurl = "b"\n',
      `a = 1\n\n# hub\n${OWN}\n\n# env\n# of b\n[mcp_servers.b]\nurl = "b"\n`,
    ],
    [
      'strings that look like sections',
      'a = """\n[mcp_servers.cdp-hub]\nurl = "x"\n"""\nb = \'\'\'\n[x]\'\'\'\nc = { d = "]" }\n',
      `a = """\n[mcp_servers.cdp-hub]\nurl = "x"\n"""\nb = '''\n[x]'''\nc = { d = "]" }\n\n${OWN}\n`,
    ],
    [
      'an old entry at the end, without a newline',
      '[[x]]\na = 9223372036854775807\n\n[mcp_servers.cdp-hub]\nurl = "old"',
      `[[x]]\na = 9223372036854775807\n\n${OWN}`,
    ],
  ])('%s', (_, before, after) => {
    expect(editToml(before, entry)).toBe(after);
    expect(editToml(after, entry)).toBe(after);
  });

  it('with the line ends of Windows', () => {
    expect(editToml('a = 1\r\n', entry)).toBe(`a = 1\r\n\r\n${OWN.replace('\n', '\r\n')}\r\n`);
  });

  it.each(['[mcp_servers]\ncdp-hub = { url = "u" }\n', 'mcp_servers.cdp-hub.url = "u"\n'])(
    'the same in another way is no change: %j',
    (text) => {
      expect(editToml(text, entry)).toBe(text);
    },
  );

  it.each([
    ['a = 1\nb = = 2\n', 2, 'invalid value'],
    ['a = 1\n[mcp_servers]\ncdp-hub = { url = "old" }\n', 3, 'mcp_servers.cdp-hub is written in another way'],
    ['a = 1\nmcp_servers.cdp-hub.url = "old"\n', 2, 'is written in another way than [mcp_servers.cdp-hub]'],
    ['mcp_servers = { b = { url = "b" } }\n', 1, 'is written in another way'],
  ])('%j is refused, and where', (text, line, words) => {
    expect(() => editToml(text, entry)).toThrow(
      expect.objectContaining({ line, message: expect.stringContaining(words) }),
    );
  });
});
