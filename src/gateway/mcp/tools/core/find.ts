import { z } from 'zod';
import { elementOf, loaderIdOf, sessionOfFrame } from '../../browser/internals.ts';
import type { ElementHandle, Frame, SerializedAXNode } from '../../browser/puppeteer.ts';
import { answering, refuseSilent, silent, silentLines } from '../../browser/silent.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { pageTool, READS, type Tool } from '../tool.ts';

const LIMIT = 20;

/** How many elements of a frame are asked for their role and name, where those are what is looked for. */
const CANDIDATES = 1000;

const findElements = pageTool({
  name: 'find_elements',
  title: 'Find elements',
  description:
    'Finds elements by CSS selector, by visible text, or by role and name, in all frames or in the selected one, and gives their uids.',
  input: z.object({
    css: z.string().optional(),
    text: z.string().optional().describe('A part of it; the innermost elements that have it are given.'),
    role: z.string().optional().describe('As in snapshots, e.g. button.'),
    name: z.string().optional().describe('A part of the accessible name.'),
    limit: z.number().int().min(1).max(200).optional().describe(`Default: ${LIMIT}.`),
  }),
  annotations: READS,
  run: async ({ tab, page, frame, signal }, { css, text, role, name, limit = LIMIT }) => {
    const inPage = css !== undefined || text !== undefined;
    if (!inPage && role === undefined && name === undefined) {
      throw new ToolError('There is nothing to look for.', 'Give css, text, or role and name.');
    }
    const quiet = await silent(page, signal);
    refuseSilent(frame, quiet);
    const frames = frame === page.mainFrame() ? answering(page, quiet) : [frame];
    const fits = (node: SerializedAXNode) =>
      (role === undefined || node.role.toLowerCase() === role.toLowerCase()) &&
      (name === undefined || (node.name ?? '').toLowerCase().includes(name.toLowerCase()));
    const picky = role !== undefined || name !== undefined;
    const wanted = { css, text, climb: text !== undefined && role !== undefined };
    const byContent = async (each: Frame) =>
      fitting(await matching(each, wanted, picky ? CANDIDATES : limit), fits);
    const founds = await Promise.all(
      frames.map((each) =>
        (inPage ? byContent(each) : byRole(each, fits)).catch((error: unknown) => {
          // Another frame may go while it is looked through.
          if (each !== frame && !(error instanceof ToolError)) return NOTHING;
          throw error;
        }),
      ),
    );
    const found = founds.flatMap(({ nodes }) => nodes);
    const more = founds.reduce((sum, each) => sum + each.more, 0);
    const count = picky ? found.length : found.length + more;
    const unseen = [
      ...(picky && more > 0 ? UNSEEN : []),
      ...(frame === page.mainFrame() ? silentLines(page, quiet) : []),
    ];
    if (count === 0) {
      const text = ['There is no such element. Call take_snapshot to see what is there.', ...unseen].join(
        '\n',
      );
      return { text };
    }
    const lines = found.slice(0, limit).map((node) => {
      const uid = tab.snapshots.adopt(node);
      const value =
        node.value === undefined ? '' : ` value=${JSON.stringify(String(node.value).slice(0, 100))}`;
      return `uid=${uid} ${node.role}${node.name ? ` ${JSON.stringify(node.name.slice(0, 100))}` : ''}${value}`;
    });
    const said =
      count > lines.length
        ? `${count} elements, of which the first ${lines.length}:`
        : `${count} ${count === 1 ? 'element' : 'elements'}:`;
    return { text: [said, ...lines, ...unseen].join('\n') };
  },
});

/** For who narrows it down by role or name. */
const UNSEEN = [
  `Only the first ${CANDIDATES} of a frame that match css or text were looked at: narrow those down.`,
];

interface Found {
  nodes: SerializedAXNode[];
  /** How many there are beyond them. */
  more: number;
}

const NOTHING: Found = { nodes: [], more: 0 };

interface Matching extends Found {
  /** For each of the nodes, where its parent is among them; -1: it is not. */
  parents: number[];
  /** Which of the nodes match; the others are around them. */
  matches: number[];
}

/** Of each that matches, it or the nearest around it that fits. */
function fitting(
  { nodes, parents, matches, more }: Matching,
  fits: (node: SerializedAXNode) => boolean,
): Found {
  const fit = nodes.map(fits);
  const nearest = matches.map((match) => {
    let at = match;
    while (at >= 0 && !fit[at]) at = parents[at] ?? -1;
    return at;
  });
  return { nodes: [...new Set(nearest)].flatMap((at) => nodes[at] ?? []), more };
}

/** What matches; with `climb` also what is around it. */
async function matching(
  frame: Frame,
  { css, text, climb }: { css: string | undefined; text: string | undefined; climb: boolean },
  limit: number,
): Promise<Matching> {
  const list = await frame.evaluateHandle(search, css ?? null, text ?? null, climb);
  try {
    const { count, wrong, parents, matches } = await list.evaluate(({ elements, error, ...rest }) => ({
      count: elements.length,
      wrong: error,
      ...rest,
    }));
    if (wrong !== null)
      throw new ToolError(`The selector is wrong: ${wrong}`, 'Mend it and call find_elements again.');
    const nodes = await Promise.all(
      Array.from({ length: Math.min(count, limit) }, async (_, index) => {
        const handle = await list.evaluateHandle(({ elements }, at) => elements[at] ?? null, index);
        return nodeOf(frame, handle as ElementHandle).finally(() => handle.dispose().catch(() => {}));
      }),
    );
    const known = matches.filter((at) => at < nodes.length);
    return { nodes, parents, matches: known, more: count - nodes.length };
  } finally {
    list.dispose().catch(() => {});
  }
}

/** An element as snapshots know it. */
async function nodeOf(frame: Frame, element: ElementHandle): Promise<SerializedAXNode> {
  const objectId = element.remoteObject().objectId ?? '';
  const session = sessionOfFrame(frame);
  const loaderId = loaderIdOf(frame);
  const [{ nodes }, { node }, tag] = await Promise.all([
    session.send('Accessibility.getPartialAXTree', { objectId, fetchRelatives: false }),
    session.send('DOM.describeNode', { objectId }),
    element.evaluate((each) => [each.localName, (each as HTMLElement).innerText?.trim().slice(0, 100) ?? '']),
  ]);
  const [known] = nodes;
  const { backendNodeId } = node;
  const says = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const role = says(known?.role?.value);
  const name = says(known?.name?.value) ?? says(tag[1]);
  const value = says(known?.value?.value);
  const ignored = role === undefined || role === 'none' || role === 'generic' || known?.ignored === true;
  return {
    role: ignored ? `<${tag[0]}>` : role,
    ...(name !== undefined && { name }),
    ...(value !== undefined && { value }),
    backendNodeId,
    loaderId,
    // As in a snapshot, of the document that it was found in alone.
    elementHandle: async () => (loaderIdOf(frame) === loaderId ? elementOf(frame, backendNodeId) : null),
  } as SerializedAXNode;
}

async function byRole(frame: Frame, fits: (node: SerializedAXNode) => boolean): Promise<Found> {
  const root = await frame.accessibility.snapshot({ interestingOnly: false });
  return { nodes: root ? [...walk(root)].filter(fits) : [], more: 0 };
}

function* walk(node: SerializedAXNode): Generator<SerializedAXNode> {
  if (node.role !== 'StaticText' && node.role !== 'InlineTextBox') yield node;
  for (const child of node.children ?? []) yield* walk(child);
}

interface Searched {
  elements: Element[];
  parents: number[];
  matches: number[];
  error: string | null;
}

/** Runs in the page: it has nothing but what is in it. With `climb`, each match is followed by what is around it. */
function search(css: string | null, text: string | null, climb: boolean): Searched {
  const plain = (given: string) => given.replace(/\s+/g, ' ').trim().toLowerCase();
  const wanted = text === null ? null : plain(text);
  const found: Element[] = [];
  const isSeen = (each: Element) => each.checkVisibility?.({ visibilityProperty: true }) ?? true;
  const own = (each: Element) =>
    each instanceof HTMLInputElement && /^(button|submit|reset)$/.test(each.type)
      ? each.value
      : ((each as HTMLElement).innerText ?? each.textContent ?? '');
  const has = (each: Element) => wanted === null || plain(own(each)).includes(wanted);
  try {
    look(document);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { elements: [], parents: [], matches: [], error: why };
  }
  if (!climb) return { elements: found, parents: [], matches: found.map((_, at) => at), error: null };
  const places = new Map<Element, number>();
  const parents: number[] = [];
  const matches = found.map(place);
  return { elements: [...places.keys()], parents, matches, error: null };

  function place(each: Element): number {
    const known = places.get(each);
    if (known !== undefined) return known;
    const at = places.size;
    places.set(each, at);
    const root = each.getRootNode();
    const around = each.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
    parents[at] = -1;
    if (around) parents[at] = place(around);
    return at;
  }

  function look(root: Document | ShadowRoot): void {
    if (css !== null) found.push(...[...root.querySelectorAll(css)].filter(has));
    for (const each of root.querySelectorAll('*')) {
      if (each.shadowRoot) look(each.shadowRoot);
      if (
        css === null &&
        isSeen(each) &&
        has(each) &&
        ![...each.children].some((child) => isSeen(child) && has(child))
      )
        found.push(each);
    }
  }
}

export const find: readonly Tool[] = [findElements];
