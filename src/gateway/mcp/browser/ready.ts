import { untilAborted } from './lane.ts';
import type { ElementHandle } from './puppeteer.ts';
import { ToolError } from './tool-error.ts';

/** What keeps an element from being acted on; null: nothing. */
type Obstacle = 'gone' | 'invisible' | 'disabled' | 'covered' | null;

/** How long is waited for an element to be ready, milliseconds. */
const WAIT = 5000;

/**
 * Waits until an element is on the page, visible, enabled, at rest, and, for a click, what the click would hit, and
 * scrolls it into view. Rejects with what is in the way where that takes too long.
 */
export async function ready(
  element: ElementHandle,
  what: string,
  signal: AbortSignal,
  wanted: { enabled?: boolean; hit?: boolean } = {},
): Promise<void> {
  const { enabled = true, hit = true } = wanted;
  const { obstacle, by } = await untilAborted(
    signal,
    element.evaluate(untilReady, { enabled, hit, wait: WAIT }),
  );
  if (obstacle !== null) throw notReady(what, obstacle, by);
}

function notReady(what: string, obstacle: Exclude<Obstacle, null>, by: string): ToolError {
  const next = 'Call take_snapshot or take_screenshot to see what is there now.';
  switch (obstacle) {
    case 'gone':
      return new ToolError(
        `The element ${what} was taken off the page.`,
        'Call take_snapshot and use a uid from it.',
      );
    case 'invisible':
      return new ToolError(`The element ${what} is not visible.`, next);
    case 'disabled':
      return new ToolError(`The element ${what} is disabled.`, `Do first what enables it. ${next}`);
    case 'covered':
      return new ToolError(`The element ${what} is covered by ${by}.`, `Close or move that first. ${next}`);
    default:
      return obstacle satisfies never;
  }
}

/** Runs in the page. A page behind another draws no frames, so each look waits for a frame or 50 ms. */
async function untilReady(
  element: Element,
  { enabled, hit, wait }: { enabled: boolean; hit: boolean; wait: number },
): Promise<{ obstacle: Obstacle; by: string }> {
  const isDisabled = () => element.matches(':disabled') || element.closest('[aria-disabled="true"]') !== null;
  const nameOf = (other: Element) => {
    const id = other.id ? `#${other.id}` : '';
    const classes =
      typeof other.className === 'string' ? other.className.trim().split(/\s+/).slice(0, 2) : [];
    return `<${other.localName}${id}${classes.map((name) => (name ? `.${name}` : '')).join('')}>`;
  };
  const covering = (box: DOMRect): Element | null => {
    const top = Math.max(box.top, 0);
    const left = Math.max(box.left, 0);
    const bottom = Math.min(box.bottom, innerHeight);
    const right = Math.min(box.right, innerWidth);
    const root = element.getRootNode() as Document | ShadowRoot;
    const found = root.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    if (!found || found === element || element.contains(found) || found.contains(element)) return null;
    const labels = (element as HTMLInputElement).labels;
    if (labels && [...labels].some((label) => label.contains(found))) return null;
    return found;
  };
  const frame = () =>
    new Promise<void>((resolve) => {
      requestAnimationFrame(() => resolve());
      setTimeout(resolve, 50);
    });
  const deadline = performance.now() + wait;
  let last: { obstacle: Obstacle; by: string } = { obstacle: 'gone', by: '' };
  let before: DOMRect | null = null;
  do {
    if (!element.isConnected) return { obstacle: 'gone', by: '' };
    const box = element.getBoundingClientRect();
    const visible =
      box.width > 0 &&
      box.height > 0 &&
      (!element.checkVisibility || element.checkVisibility({ visibilityProperty: true }));
    if (!visible) {
      last = { obstacle: 'invisible', by: '' };
      before = null;
    } else if (enabled && isDisabled()) {
      last = { obstacle: 'disabled', by: '' };
    } else if (before && same(before, box)) {
      const outside = box.bottom <= 0 || box.right <= 0 || box.top >= innerHeight || box.left >= innerWidth;
      const partly = box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth;
      if (outside || (partly && box.height <= innerHeight && box.width <= innerWidth)) {
        element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
        before = element.getBoundingClientRect();
      }
      const over = hit ? covering(element.getBoundingClientRect()) : null;
      if (!over) return { obstacle: null, by: '' };
      last = { obstacle: 'covered', by: nameOf(over) };
    }
    before = visible ? box : null;
    await frame();
  } while (performance.now() < deadline);
  return last;

  function same(one: DOMRect, other: DOMRect): boolean {
    return one.x === other.x && one.y === other.y && one.width === other.width && one.height === other.height;
  }
}
