import { z } from 'zod';
import type { Frame, KeyInput, Page } from '../../browser/puppeteer.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { said } from '../said.ts';
import { ACTS, pageTool, type Tool } from '../tool.ts';
import { INCLUDE_SNAPSHOT, withSnapshot } from './act.ts';

/** Characters that are typed key by key; what is longer is put in at once, after the first ones. */
const BY_KEY = 500;

const MODIFIERS = new Set(['Control', 'Shift', 'Alt', 'Meta']);

/** As people write them, in lower case. */
const ALIASES: Record<string, string> = {
  ctrl: 'Control',
  control: 'Control',
  shift: 'Shift',
  alt: 'Alt',
  option: 'Alt',
  meta: 'Meta',
  cmd: 'Meta',
  command: 'Meta',
  esc: 'Escape',
  escape: 'Escape',
  enter: 'Enter',
  return: 'Enter',
  tab: 'Tab',
  space: 'Space',
  backspace: 'Backspace',
  del: 'Delete',
  delete: 'Delete',
  up: 'ArrowUp',
  down: 'ArrowDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
  pageup: 'PageUp',
  pagedown: 'PageDown',
  home: 'Home',
  end: 'End',
};

const typeText = pageTool({
  name: 'type_text',
  title: 'Type text',
  description:
    'Types text key by key into the element that has the focus. To replace what a field holds, use fill.',
  input: z.object({
    text: z.string().max(100_000),
    submitKey: z.string().optional().describe('A key to press at the end, e.g. Enter or Tab.'),
    includeSnapshot: INCLUDE_SNAPSHOT,
  }),
  annotations: ACTS,
  run: async (context, { text, submitKey, includeSnapshot = false }) => {
    const { page } = context;
    const keys = submitKey === undefined ? null : keysOf(submitKey);
    const focus = await focused(page);
    let typed = 0;
    let pressed = false;
    const effects = await context.act(
      async (signal) => {
        for (const character of text.slice(0, BY_KEY)) {
          signal.throwIfAborted();
          typed += character.length;
          await page.keyboard.type(character);
        }
        signal.throwIfAborted();
        if (text.length > BY_KEY) await page.keyboard.sendCharacter(text.slice(BY_KEY));
        typed = text.length;
        signal.throwIfAborted();
        pressed = keys !== null;
        if (keys) await press(page, keys);
      },
      { frame: focus.frame },
    );
    const where =
      focus.name === null ? '; no element has the focus, so the page itself got them' : ` into ${focus.name}`;
    const then = pressed ? `, then pressed ${submitKey}` : '';
    const many = typed < text.length ? `${typed} of ${text.length}` : text.length;
    return withSnapshot(
      context,
      { text: said(`Typed ${many} characters${where}${then}.`, effects) },
      includeSnapshot,
      effects,
    );
  },
});

const pressKey = pageTool({
  name: 'press_key',
  title: 'Press key',
  description: 'Presses a key, or several at once, in the element that has the focus.',
  input: z.object({
    key: z
      .string()
      .describe('E.g. Enter, Control+A, Control++, Control+Shift+R. Modifiers: Control, Shift, Alt, Meta.'),
    includeSnapshot: INCLUDE_SNAPSHOT,
  }),
  annotations: ACTS,
  run: async (context, { key, includeSnapshot = false }) => {
    const { page } = context;
    const keys = keysOf(key);
    const { frame } = await focused(page);
    const effects = await context.act(() => press(page, keys), { frame });
    return withSnapshot(context, { text: said(`Pressed ${key}.`, effects) }, includeSnapshot, effects);
  },
});

/** The keys of a combination, the one that is pressed last at the end. */
export function keysOf(combination: string): string[] {
  const plus = combination === '+' || combination.endsWith('++');
  const rest = plus ? combination.slice(0, -1).replace(/\+$/, '') : combination;
  const parts = [...(rest === '' ? [] : rest.split('+')), ...(plus ? ['+'] : [])];
  const keys = parts.map((part) => ALIASES[part.trim().toLowerCase()] ?? (part.trim() || part));
  const wrong = keys.slice(0, -1).find((key) => !MODIFIERS.has(key));
  if (keys.length > 0 && keys.every((key) => key !== '') && wrong === undefined) return cased(keys);
  throw new ToolError(
    `${JSON.stringify(combination)} is no combination of keys.`,
    'Give modifiers (Control, Shift, Alt, Meta) and one key, joined by +, e.g. Control+A.',
  );
}

/** A letter is small where Shift is not held, as on a keyboard: people write Control+A and mean that. */
function cased(keys: readonly string[]): string[] {
  const last = keys.at(-1) ?? '';
  if (keys.length === 1 || !/^[a-z]$/i.test(last)) return [...keys];
  return [...keys.slice(0, -1), keys.includes('Shift') ? last.toUpperCase() : last.toLowerCase()];
}

async function press(page: Page, keys: readonly string[]): Promise<void> {
  const held = keys.slice(0, -1) as KeyInput[];
  const last = keys.at(-1) as KeyInput;
  const down: KeyInput[] = [];
  try {
    for (const key of held) {
      await page.keyboard.down(key);
      down.push(key);
    }
    await page.keyboard.press(last);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('Unknown key')) throw error;
    throw new ToolError(
      `There is no key ${JSON.stringify(last)}.`,
      'Use a character, or a name such as Enter, Tab, Escape, ArrowDown, PageUp, F5. To type words, call type_text.',
    );
  } finally {
    for (const key of down.reverse()) await page.keyboard.up(key);
  }
}

/** What has the focus, in whichever frame; no name where it is the document. */
async function focused(page: Page): Promise<{ frame: Frame; name: string | null }> {
  let frame = page.mainFrame();
  for (;;) {
    const handle = await frame.evaluateHandle(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element;
    });
    const element = handle.asElement();
    try {
      const inner = await element?.contentFrame();
      if (!inner) return { frame, name: (await element?.evaluate(nameOf)) ?? null };
      frame = inner;
    } finally {
      handle.dispose().catch(() => {});
    }
  }
}

/** Runs in the page. */
function nameOf(node: Node): string | null {
  const element = node as Element;
  if (element === document.body || element === document.documentElement) return null;
  const name = element.getAttribute('aria-label') ?? element.getAttribute('name') ?? element.id;
  return `<${element.localName}>${name ? ` ${JSON.stringify(name)}` : ''}`;
}

export const keys: readonly Tool[] = [typeText, pressKey];
