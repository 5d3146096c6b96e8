import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completions } from '../../../../src/shared/filter/completions.ts';
import { parseFilter } from '../../../../src/shared/filter/filter.ts';

const LIVE = {
  client: ['playwright', 'claude-1', 'my app', 'replay'],
  tab: ['1', '3'],
  method: ['Page.navigate', 'Page.enable', 'DOM.getDocument'],
};

/** What the text becomes with each choice; `^` is the cursor. */
function offered(typed: string): string[] {
  const cursor = typed.indexOf('^');
  const text = typed.replace('^', '');
  const { from, to, choices } = completions(text, cursor, LIVE);
  return choices.map(({ insert }) => text.slice(0, from) + insert + text.slice(to));
}

describe('at the cursor there may stand', () => {
  it.each([
    // Fields, each as it goes on.
    ['s^', ['session:', 'status:', 'size>']],
    ['-cl^', ['-client:']],
    ['a (M^', ['a (method:', 'a (ms>']],
    ['x|ta^ y', ['x|tab: y']],
    // Methods, for a word that begins one.
    ['pag^', ['Page.navigate', 'Page.enable']],
    ['DOM^', ['domain:', 'DOM.getDocument']],
    ['nav^', ['Page.navigate']],
    // Live values: first those that begin with what was typed.
    ['client:pla^', ['client:playwright', 'client:replay']],
    ['client:^', ['client:playwright', 'client:claude-1', 'client:"my app"', 'client:replay']],
    ['CLIENT:cl^ dir:in', ['CLIENT:claude-1 dir:in']],
    ['client:"my a^', ['client:"my app"']],
    ['client:"my app",cl^', ['client:"my app",claude-1']],
    ['tab:1,^', ['tab:1,3']],
    // Values that are always the same.
    ['dir:^', ['dir:in', 'dir:out', 'dir:event']],
    ['-status:o^', ['-status:ok', '-status:open']],
    // Nothing that anybody knows.
    ['session:^', []],
    ['ms>^', []],
    ['nothing:^', []],
    ['"quoted s^', []],
    ['/regex s^', []],
  ])('%s', (typed, texts) => {
    expect(offered(typed)).toEqual(texts);
  });

  it('every field, in an empty line, with what it is about', () => {
    const { from, to, choices } = completions('', 0, LIVE);
    expect([from, to, choices.length]).toEqual([0, 0, 13]);
    expect(choices[0]).toEqual({ insert: 'client:', about: "the client's name or id" });
  });

  it('only what makes a filter of the text, whatever the live values are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 })), (client) => {
        for (const { insert } of completions('client:', 7, { client }).choices) {
          expect(parseFilter(`client:${insert}`).ok).toBe(true);
        }
      }),
    );
  });
});
