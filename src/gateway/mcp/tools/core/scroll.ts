import { z } from 'zod';
import type { ElementHandle } from '../../browser/puppeteer.ts';
import { said } from '../said.ts';
import { ACTS, pageTool, type Tool } from '../tool.ts';
import { INCLUDE_SNAPSHOT, withElement, withSnapshot } from './act.ts';

const DIRECTIONS = ['up', 'down', 'left', 'right', 'top', 'bottom'] as const;
type Direction = (typeof DIRECTIONS)[number];

const scroll = pageTool({
  name: 'scroll',
  title: 'Scroll',
  description: 'Scrolls the page, what is around an element, or, without a direction, an element into view.',
  input: z.object({
    uid: z.string().optional().describe('Without it, the page.'),
    direction: z.enum(DIRECTIONS).optional(),
    amount: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('Pixels. Default: most of what is in view.'),
    includeSnapshot: INCLUDE_SNAPSHOT,
  }),
  annotations: { ...ACTS, destructiveHint: false },
  run: async (context, { uid, direction, amount = 0, includeSnapshot = false }) => {
    const { tab } = context;
    const how = { direction: direction ?? (uid === undefined ? 'down' : null), amount };
    const work = async (element: ElementHandle | null) => {
      const frame = element?.frame ?? context.frame;
      let there = '';
      const effects = await context.act(
        async () => {
          there = element
            ? await element.evaluate(scrollInPage, how)
            : await frame.evaluate(`(${scrollInPage.toString()})(null, ${JSON.stringify(how)})`).then(String);
        },
        { frame },
      );
      return withSnapshot(context, { text: said(there, effects) }, includeSnapshot, effects);
    };
    return uid === undefined ? work(null) : withElement(tab, uid, work);
  },
});

/** Runs in the page: it has nothing but what is in it. Resolves with what to say of it. */
async function scrollInPage(
  element: Element | null,
  { direction, amount }: { direction: Direction | null; amount: number },
): Promise<string> {
  const drawn = () =>
    new Promise<void>((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      setTimeout(resolve, 100);
    });
  if (element && direction === null) {
    element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    await drawn();
    return 'The element is in view.';
  }
  const sideways = direction === 'left' || direction === 'right';
  const overflows = (each: Element) =>
    sideways ? each.scrollWidth > each.clientWidth : each.scrollHeight > each.clientHeight;
  const root = document.scrollingElement ?? document.documentElement;
  const scrolls = (each: Element) => {
    const { overflowX, overflowY } = getComputedStyle(each);
    return each === root
      ? overflows(each)
      : overflows(each) && /auto|scroll/.test(sideways ? overflowX : overflowY);
  };
  let box: Element | null = element;
  while (box && !scrolls(box)) {
    const parent: Node | null = box.assignedSlot ?? box.parentNode;
    box = parent instanceof ShadowRoot ? parent.host : parent instanceof Element ? parent : null;
  }
  if (!element && scrolls(root)) box = root;
  if (!box) {
    // Many pages scroll in a box of their own: the largest is what a person would scroll.
    const area = (each: Element) => each.clientWidth * each.clientHeight;
    const boxes = element ? [] : [...document.querySelectorAll('*')].filter(scrolls);
    box = boxes.sort((one, other) => area(other) - area(one))[0] ?? root;
  }
  const step = amount || Math.round((sideways ? box.clientWidth : box.clientHeight) * 0.8);
  const by = { left: 0, top: 0 };
  if (direction === 'up') by.top = -step;
  if (direction === 'down') by.top = step;
  if (direction === 'left') by.left = -step;
  if (direction === 'right') by.left = step;
  if (direction === 'top') by.top = -box.scrollHeight;
  if (direction === 'bottom') by.top = box.scrollHeight;
  const at = () => Math.round(sideways ? box.scrollLeft : box.scrollTop);
  const before = at();
  box.scrollBy({ ...by, behavior: 'instant' });
  await drawn();
  const end = sideways ? box.scrollWidth - box.clientWidth : box.scrollHeight - box.clientHeight;
  const name = box === root ? 'The page' : `<${box.localName}${box.id ? `#${box.id}` : ''}>`;
  const where = `at ${at()} of ${Math.max(Math.round(end), 0)} px`;
  return at() === before
    ? `${name} cannot be scrolled further ${direction}: it is ${where}.`
    : `${name} is scrolled ${direction}, ${where}.`;
}

export const scrolling: readonly Tool[] = [scroll];
