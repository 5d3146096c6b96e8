import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editJson, readJson } from '../../../../src/cli/config-clients/json-edit.ts';

const entry = { path: ['mcpServers', 'cdp-hub'], value: { url: 'u', args: ['a'] } };
const input = { path: ['inputs'], element: 'token', value: { id: 'token', type: 'promptString' } };

/** Four indented lines of the entry, as they stand below `mcpServers` of a file with this unit. */
const lines = (unit: string) =>
  [`"cdp-hub": {`, `${unit}"url": "u",`, `${unit}"args": [`, `${unit}${unit}"a"`, `${unit}]`, '}']
    .map((line) => unit + unit + line)
    .join('\n');

describe('a JSON file with an entry put into it', () => {
  it.each([
    ['nothing', '', `{\n  "mcpServers": {\n${lines('  ')}\n  }\n}\n`],
    ['an empty object', '{}\n', `{\n  "mcpServers": {\n${lines('  ')}\n  }\n}\n`],
    ['comments alone', '// mine\n', `// mine\n{\n  "mcpServers": {\n${lines('  ')}\n  }\n}\n`],
    [
      'an empty section, no newline at the end',
      '{\n\t"a": 1,\n\t"mcpServers": {}\n}',
      `{\n\t"a": 1,\n\t"mcpServers": {\n${lines('\t')}\n\t}\n}`,
    ],
    [
      'comments everywhere',
      '{\n    // one\n    "a": 1, // two\n    /* three */ "mcpServers": {\n        // four\n        "b": {"url": 1} // five, here\n        // six\n    } // seven\n} // eight\n',
      `{\n    // one\n    "a": 1, // two\n    /* three */ "mcpServers": {\n        // four\n        "b": {"url": 1}, // five, here\n        // six\n${lines('    ')}\n    } // seven\n} // eight\n`,
    ],
    [
      'commas at the end',
      '{\n  "mcpServers": {\n    "b": {}, // , b\n  },\n}\n',
      `{\n  "mcpServers": {\n    "b": {}, // , b\n${lines('  ')}\n  },\n}\n`,
    ],
    ['another section', '{\n  "z": 1\n}\n', `{\n  "z": 1,\n  "mcpServers": {\n${lines('  ')}\n  }\n}\n`],
    [
      'one line',
      '{"mcpServers": {"b": {}}}',
      '{"mcpServers": {"b": {}, "cdp-hub": {"url":"u","args":["a"]}}}',
    ],
    [
      'an old entry',
      '{\n  "mcpServers": {\n    "cdp-hub": { "url": "old", "x": [1] }, // mine\n    "b": {}\n  }\n}\n',
      `{\n  "mcpServers": {\n${lines('  ')}, // mine\n    "b": {}\n  }\n}\n`,
    ],
    [
      'an entry that is there twice, of which the last one counts',
      '{\n  "mcpServers": {\n    "cdp-hub": 1,\n    "cdp-hub": 2\n  }\n}\n',
      `{\n  "mcpServers": {\n    "cdp-hub": 1,\n${lines('  ')}\n  }\n}\n`,
    ],
  ])('%s', (_, before, after) => {
    expect(editJson(before, entry)).toBe(after);
    expect(editJson(after, entry)).toBe(after);
    const { 'cdp-hub': said } = (readJson(after) as { mcpServers: Record<string, unknown> }).mcpServers;
    expect(said).toEqual(entry.value);
  });

  it('with the line ends of Windows', () => {
    const after = editJson('{\r\n  "a": 1\r\n}\r\n', entry);
    expect(after).toBe(`{\n  "a": 1,\n  "mcpServers": {\n${lines('  ')}\n  }\n}\n`.replaceAll('\n', '\r\n'));
  });

  it('and the same in another order is no change', () => {
    const text = '{"mcpServers":{"cdp-hub":{"args":["a"],   "url":"u"}}}';
    expect(editJson(text, entry)).toBe(text);
  });

  it.each([
    [
      'no list yet',
      '{}',
      '{\n  "inputs": [\n    {\n      "id": "token",\n      "type": "promptString"\n    }\n  ]\n}',
    ],
    [
      'a list of others',
      '{\n  "inputs": [\n    { "id": "x" } // x\n  ]\n}\n',
      '{\n  "inputs": [\n    { "id": "x" }, // x\n    {\n      "id": "token",\n      "type": "promptString"\n    }\n  ]\n}\n',
    ],
    [
      'an old one',
      '{"inputs": [{"id": "token", "type": "old"}, 1]}',
      '{"inputs": [{"id":"token","type":"promptString"}, 1]}',
    ],
  ])('an element of a list: %s', (_, before, after) => {
    expect(editJson(before, input)).toBe(after);
    expect(editJson(after, input)).toBe(after);
  });

  it.each([
    ['{\n  "a": 1,\n  "b" 2\n}', 3, 7, 'colon expected'],
    ['{\n  "a": "x\n}', 2, 8, 'unexpected end of string'],
    ['[]', 1, 1, 'the whole is no object'],
    ['{"mcpServers": []}', 1, 16, '"mcpServers" is no object'],
    ['{} {}', 1, 4, 'end of file expected'],
  ])('%j is refused, and where', (text, line, column, message) => {
    expect(() => editJson(text, entry)).toThrow(expect.objectContaining({ line, column, message }));
  });

  it('whatever else is there and however it is laid out', () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const others = fc.dictionary(fc.constantFrom('a', 'b', '//', ',"'), value);
    const file = fc.record({ z: value, mcpServers: others }, { requiredKeys: [] });
    const layout = fc.constantFrom('', ' ', '  ', '\t');
    fc.assert(
      fc.property(file, layout, (before, indent) => {
        const text = JSON.stringify(before, null, indent);
        const after = editJson(text, entry);
        const said = JSON.parse(text);
        expect(JSON.parse(after)).toEqual({
          ...said,
          mcpServers: { ...said.mcpServers, 'cdp-hub': entry.value },
        });
        expect(editJson(after, entry)).toBe(after);
      }),
    );
  });
});
