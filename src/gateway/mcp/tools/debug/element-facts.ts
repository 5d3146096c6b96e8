/** What an element is and how it lies in its frame. */
export interface ElementFacts {
  tag: string;
  attributes: string[];
  text: string;
  /** Of its frame, CSS pixels. */
  box: { x: number; y: number; width: number; height: number };
  viewport: { width: number; height: number };
  style: string[];
  /** Why nobody sees it; empty where one does, were it scrolled to. */
  hidden: string;
  inViewport: boolean;
  disabled: boolean;
  focused: boolean;
  /** What lies over its middle; empty: nothing, or its middle is not in the viewport. */
  coveredBy: string;
  /** From its parent outwards. */
  path: string[];
}

/** Runs in the page. */
export function elementFacts(element: Element): ElementFacts {
  const style = getComputedStyle(element);
  const { x, y, width, height } = element.getBoundingClientRect();
  const nameOf = (each: Element): string => {
    const id = each.id === '' ? '' : `#${each.id}`;
    const classes = [...each.classList].slice(0, 3).map((name) => `.${name}`);
    return `${each.localName}${id}${classes.join('')}`;
  };
  const ancestors: Element[] = [];
  for (let each: Element | null = element; each; ) {
    const root: Node = each.getRootNode();
    each = each.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
    if (each) ancestors.push(each);
  }
  const middle = { x: x + width / 2, y: y + height / 2 };
  const inViewport = x < innerWidth && y < innerHeight && x + width > 0 && y + height > 0;
  const root = element.getRootNode() as Document | ShadowRoot;
  const over = root.elementFromPoint(middle.x, middle.y);
  const covered = over !== null && over !== element && !element.contains(over) && !over.contains(element);
  const why = (): string => {
    const gone = [element, ...ancestors].find((each) => getComputedStyle(each).display === 'none');
    if (gone) return gone === element ? 'display: none' : `display: none of ${nameOf(gone)}`;
    if (style.visibility !== 'visible') return `visibility: ${style.visibility}`;
    const clear = [element, ...ancestors].find((each) => Number(getComputedStyle(each).opacity) === 0);
    if (clear) return `opacity: 0${clear === element ? '' : ` of ${nameOf(clear)}`}`;
    return width === 0 || height === 0 ? 'it has no size' : '';
  };
  const shown = [
    'display',
    'position',
    'z-index',
    'opacity',
    'visibility',
    'overflow',
    'pointer-events',
    'cursor',
    'color',
    'background-color',
    'font-size',
    'font-family',
  ];
  return {
    tag: element.localName,
    attributes: [...element.attributes].map(
      ({ name, value }) => `${name}=${JSON.stringify(value.slice(0, 300))}`,
    ),
    text: ((element as HTMLElement).innerText ?? element.textContent ?? '').trim().slice(0, 300),
    box: { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) },
    viewport: { width: innerWidth, height: innerHeight },
    style: shown.map((name) => `${name}: ${style.getPropertyValue(name)}`),
    hidden: why(),
    inViewport,
    disabled: element.matches(':disabled') || element.closest('[aria-disabled="true"]') !== null,
    focused: root.activeElement === element,
    coveredBy: covered ? nameOf(over) : '',
    path: ancestors.map(nameOf),
  };
}
