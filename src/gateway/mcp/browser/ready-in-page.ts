/// <reference lib="dom" />

/** What keeps an element from being acted on; null: nothing. */
export type Obstacle = 'gone' | 'invisible' | 'moving' | 'outside' | 'disabled' | 'covered' | null;

/** Where an element can be hit, CSS pixels of its frame's window, or what is in the way: `by` what it is covered. */
export interface Spot {
  obstacle: Obstacle;
  by: string;
  x: number;
  y: number;
}

/**
 * Runs in the page: it has nothing but what is in it. `within`: the element is a frame, and what is looked at is that
 * point of its document. A page that is hidden draws no frames, and nothing in it moves.
 */
export async function untilReady(
  element: Element,
  {
    enabled,
    hit,
    wait,
    within,
  }: { enabled: boolean; hit: boolean; wait: number; within: { x: number; y: number } | null },
): Promise<Spot> {
  const deadline = performance.now() + wait;
  let last = blocked('gone');
  let before: DOMRect | null = null;
  for (let look = 0; ; look += 1) {
    if (!element.isConnected) return blocked('gone');
    const bodies = bodiesOf(element);
    const [body] = bodies;
    let box = body?.getBoundingClientRect() ?? null;
    if (!body || !box) last = blocked('invisible');
    else if (enabled && isDisabled()) last = blocked('disabled');
    else if (!before || !same(before, box)) last = blocked('moving');
    else {
      last = spotOn(bodies);
      if (last.obstacle === null) return last;
      // Under a header that stays, another place of the window may be free.
      const block = (['center', 'end', 'start', 'nearest'] as const)[look % 4] ?? 'center';
      body.scrollIntoView({ block, inline: block, behavior: 'instant' });
      box = body.getBoundingClientRect();
    }
    if (performance.now() > deadline) return last;
    before = box;
    await frame(look);
  }

  /** What there is to see of it: itself, its labels, what is in it. */
  function bodiesOf(given: Element): Element[] {
    const labels = (given as HTMLInputElement).labels ?? [];
    return [given, ...labels, ...given.children].filter(isVisible);
  }

  function isVisible(each: Element): boolean {
    const { width, height } = each.getBoundingClientRect();
    return width > 0 && height > 0 && (each.checkVisibility?.({ visibilityProperty: true }) ?? true);
  }

  function isDisabled(): boolean {
    return element.matches(':disabled') || element.closest('[aria-disabled="true"]') !== null;
  }

  function spotOn(bodies: Element[]): Spot {
    let found = blocked('outside');
    for (const body of bodies) {
      for (const { x, y } of pointsOf(body)) {
        if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) continue;
        const there = { obstacle: null, by: '', x, y };
        if (!hit) return there;
        const top = topmost(x, y);
        if (top && [element, body].some((each) => isIn(top, each))) return there;
        // What is around it gets what it does not take itself.
        if (top && isIn(body, top)) found = there;
        else if (found.obstacle !== null) found = blocked('covered', top ? nameOf(top) : 'something');
      }
    }
    return found;
  }

  /** The middle of what is in the window of each of its boxes: what goes over several lines has several. */
  function pointsOf(body: Element): { x: number; y: number }[] {
    if (within) {
      const { left, top, width, height } = body.getBoundingClientRect();
      const { offsetWidth, offsetHeight, clientLeft, clientTop } = body as HTMLElement;
      const style = getComputedStyle(body);
      const x = clientLeft + Number.parseFloat(style.paddingLeft) + within.x;
      const y = clientTop + Number.parseFloat(style.paddingTop) + within.y;
      return [
        { x: left + (x * width) / (offsetWidth || width), y: top + (y * height) / (offsetHeight || height) },
      ];
    }
    return [body.getBoundingClientRect(), ...body.getClientRects()].flatMap((box) => {
      const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
      const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      return left < right && top < bottom ? [{ x: (left + right) / 2, y: (top + bottom) / 2 }] : [];
    });
  }

  function topmost(x: number, y: number): Element | null {
    let found = document.elementFromPoint(x, y);
    for (let inner = found; inner; ) {
      found = inner;
      const deeper: Element | null = inner.shadowRoot?.elementFromPoint(x, y) ?? null;
      inner = deeper === inner ? null : deeper;
    }
    return found;
  }

  /** In it, or it itself, through the shadow roots on the way. */
  function isIn(inner: Node, outer: Node): boolean {
    for (let node: Node | null = inner; node; node = parentOf(node)) if (node === outer) return true;
    return false;
  }

  function parentOf(node: Node): Node | null {
    return (node as Element).assignedSlot ?? node.parentNode ?? (node as ShadowRoot).host ?? null;
  }

  function nameOf(other: Element): string {
    const id = other.id ? `#${other.id}` : '';
    const classes =
      typeof other.className === 'string' ? other.className.trim().split(/\s+/).slice(0, 2) : [];
    return `<${other.localName}${id}${classes.map((name) => (name ? `.${name}` : '')).join('')}>`;
  }

  function same(one: DOMRect, other: DOMRect): boolean {
    return one.x === other.x && one.y === other.y && one.width === other.width && one.height === other.height;
  }

  function blocked(obstacle: Obstacle, by = ''): Spot {
    return { obstacle, by, x: 0, y: 0 };
  }

  /** The next frame. Behind another window none may come, and in a page that is hidden timers are slow. */
  function frame(look: number): Promise<void> {
    return new Promise((resolve) => {
      requestAnimationFrame(() => resolve());
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      if (document.hidden && look < 4) port2.postMessage(0);
      else setTimeout(resolve, 50);
    });
  }
}
