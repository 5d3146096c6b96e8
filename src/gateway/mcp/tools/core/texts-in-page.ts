/// <reference lib="dom" />

/** A look at a document that goes on: `done` resolves with the index of the text that is seen, or -1. */
export interface TextLook {
  /** Right now: the index of the text that is seen; -1: none is. */
  found: number;
  done: Promise<number>;
  stop(): void;
}

/**
 * Runs in the page: resolves `done` when one of the texts is seen, or, with `gone`, when none is. It looks when the
 * document changes, not by the clock. `once`: it looks now and never again.
 */
export function untilTexts(texts: string[], gone: boolean, once: boolean): TextLook {
  const plain = (given: string) => given.replace(/\s+/g, ' ').trim().toLowerCase();
  const wanted = texts.map(plain);
  const seenRoots = new Set<Node>();
  const observer = new MutationObserver(soon);
  let waiting = false;
  let finish = (_: number) => {};
  const done = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const found = find();
  if (once || (found === -1) === gone) {
    finish(found);
    return { found, done, stop: () => {} };
  }
  const events = ['load', 'input', 'change', 'toggle', 'transitionend', 'animationend', 'resize'] as const;
  for (const event of events) addEventListener(event, soon, true);
  return { found, done, stop };

  /** At the next frame; a page that draws none looks as soon as it can. */
  function soon(): void {
    if (waiting) return;
    waiting = true;
    let over = false;
    const look = () => {
      if (over) return;
      over = true;
      waiting = false;
      const now = find();
      if ((now === -1) !== gone) return;
      stop();
      finish(now);
    };
    requestAnimationFrame(look);
    setTimeout(look, 50);
  }

  function stop(): void {
    observer.disconnect();
    for (const event of events) removeEventListener(event, soon, true);
  }

  function find(): number {
    const text = plain(textOf(document));
    return wanted.findIndex((each) => text.includes(each));
  }

  function textOf(root: Document | ShadowRoot): string {
    if (!once && !seenRoots.has(root)) {
      seenRoots.add(root);
      observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    }
    const parts: string[] = [];
    if (root instanceof Document) parts.push(root.body?.innerText ?? root.documentElement?.textContent ?? '');
    else for (const child of root.children) parts.push((child as HTMLElement).innerText ?? '');
    for (const each of root.querySelectorAll('*')) {
      if (each.shadowRoot) parts.push(textOf(each.shadowRoot));
      // What snapshots show, too.
      if (each instanceof HTMLInputElement && each.type !== 'password') parts.push(each.value);
      else if (each instanceof HTMLTextAreaElement) parts.push(each.value);
      const label = each.getAttribute('aria-label');
      if (label && (each.checkVisibility?.() ?? true)) parts.push(label);
    }
    return parts.join('\n');
  }
}
