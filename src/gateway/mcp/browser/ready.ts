import { sessionOf, sessionOfFrame } from './internals.ts';
import { untilAborted } from './lane.ts';
import type { ElementHandle } from './puppeteer.ts';
import { type Obstacle, type Spot, untilReady } from './ready-in-page.ts';
import { ToolError } from './tool-error.ts';

/** How long is waited for an element to be ready, milliseconds. */
const WAIT = 5000;

/** How often the mouse is moved until it reaches a frame. */
const MOVES = 20;

/** Where the mouse has to be, CSS pixels of the page's window. */
export interface Point {
  x: number;
  y: number;
}

/**
 * Waits until an element is on the page, visible, enabled, at rest, and, for a click, what the click would hit, and
 * scrolls it into view, with the frames that it is in. Resolves with the point to click at; rejects with what is in the
 * way where that takes too long.
 */
export async function ready(
  element: ElementHandle,
  what: string,
  signal: AbortSignal,
  wanted: { enabled?: boolean; hit?: boolean } = {},
): Promise<Point> {
  const { enabled = true, hit = true } = wanted;
  let at = await look(element, { enabled, hit, wait: WAIT, within: null });
  let { frame } = element;
  // From the inside out: a frame may itself be out of sight, or under something.
  while (frame.parentFrame()) {
    const owner = await untilAborted(signal, frame.frameElement());
    const parent = frame.parentFrame();
    if (!owner || !parent) break;
    const inner = at;
    try {
      at = await look(owner, { enabled: false, hit, wait: WAIT, within: inner });
    } finally {
      owner.dispose().catch(() => {});
    }
    frame = parent;
  }
  if (hit && sessionOfFrame(element.frame) !== sessionOf(element.frame.page())) {
    await reachable(element, at, signal);
  }
  return at;

  async function look(each: ElementHandle, options: Parameters<typeof untilReady>[1]): Promise<Point> {
    const spot: Spot = await untilAborted(signal, each.evaluate(untilReady, options));
    if (spot.obstacle !== null) throw notReady(what, spot.obstacle, spot.by);
    return { x: spot.x, y: spot.y };
  }
}

/**
 * Waits until the mouse reaches a frame that has a process of its own: the browser learns where such a frame is from
 * what is drawn, later than the page. What never gets there is clicked all the same.
 */
async function reachable(element: ElementHandle, { x, y }: Point, signal: AbortSignal): Promise<void> {
  const { mouse } = element.frame.page();
  const arrival = await untilAborted(signal, element.evaluateHandle(watchMouse));
  try {
    for (let move = 0; move < MOVES; move += 1) {
      await untilAborted(signal, mouse.move(x + (move % 2), y));
      if (
        await untilAborted(
          signal,
          arrival.evaluate((watch) => watch.came()),
        )
      )
        return;
    }
  } finally {
    arrival.evaluate((watch) => watch.end()).catch(() => {});
    arrival.dispose().catch(() => {});
  }
}

/** Runs in the page: whether the mouse came by the next frames. */
function watchMouse(element: Element): { came(): Promise<boolean>; end(): void } {
  const view = element.ownerDocument.defaultView ?? window;
  let here = false;
  const hear = () => {
    here = true;
  };
  view.addEventListener('mousemove', hear, true);
  return {
    came: () =>
      new Promise((resolve) => {
        if (here) resolve(true);
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(here)));
        setTimeout(() => resolve(here), 100);
      }),
    end: () => view.removeEventListener('mousemove', hear, true),
  };
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
    case 'moving':
      return new ToolError(`The element ${what} does not stop moving.`, next);
    case 'outside':
      return new ToolError(`The element ${what} cannot be scrolled into view.`, next);
    case 'disabled':
      return new ToolError(`The element ${what} is disabled.`, `Do first what enables it. ${next}`);
    case 'covered':
      return new ToolError(`The element ${what} is covered by ${by}.`, `Close or move that first. ${next}`);
    default:
      return obstacle satisfies never;
  }
}
