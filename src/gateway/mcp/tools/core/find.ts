import { z } from 'zod';
import { elementOf, loaderIdOf, sessionOfFrame } from '../../browser/internals.ts';
import type { ElementHandle, Frame, SerializedAXNode } from '../../browser/puppeteer.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { pageTool, READS, type Tool } from '../tool.ts';

const LIMIT = 20;

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
  run: async ({ tab, page, frame }, { css, text, role, name, limit = LIMIT }) => {
    const frames = frame === page.mainFrame() ? page.frames() : [frame];
    const inPage = css !== undefined || text !== undefined;
    if (!inPage && role === undefined && name === undefined) {
      throw new ToolError('There is nothing to look for.', 'Give css, text, or role and name.');
    }
    const founds = await Promise.all(
      frames.map((each) =>
        (inPage ? byContent(each, { css, text }, limit) : byRole(each)).catch((error: unknown) => {
          // Another frame may go while it is looked through.
          if (each !== frame && !(error instanceof ToolError)) return NOTHING;
          throw error;
        }),
      ),
    );
    const fits = (node: SerializedAXNode) =>
      (role === undefined || node.role.toLowerCase() === role.toLowerCase()) &&
      (name === undefined || (node.name ?? '').toLowerCase().includes(name.toLowerCase()));
    const found = founds.flatMap(({ nodes }) => nodes).filter(fits);
    const count = found.length + founds.reduce((sum, { more }) => sum + more, 0);
    if (count === 0) return { text: 'There is no such element. Call take_snapshot to see what is there.' };
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
    return { text: [said, ...lines].join('\n') };
  },
});

interface Found {
  nodes: SerializedAXNode[];
  /** How many there are beyond them. */
  more: number;
}

const NOTHING: Found = { nodes: [], more: 0 };

async function byContent(
  frame: Frame,
  wanted: { css: string | undefined; text: string | undefined },
  limit: number,
): Promise<Found> {
  const list = await frame.evaluateHandle(search, wanted.css ?? null, wanted.text ?? null);
  try {
    const { count, wrong } = await list.evaluate(({ elements, error }) => ({
      count: elements.length,
      wrong: error,
    }));
    if (wrong !== null)
      throw new ToolError(`The selector is wrong: ${wrong}`, 'Mend it and call find_elements again.');
    const nodes = await Promise.all(
      Array.from({ length: Math.min(count, limit) }, async (_, index) => {
        const handle = await list.evaluateHandle(({ elements }, at) => elements[at] ?? null, index);
        return nodeOf(frame, handle as ElementHandle).finally(() => handle.dispose().catch(() => {}));
      }),
    );
    return { nodes, more: count - nodes.length };
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

async function byRole(frame: Frame): Promise<Found> {
  const root = await frame.accessibility.snapshot({ interestingOnly: false });
  return { nodes: root ? [...walk(root)] : [], more: 0 };
}

function* walk(node: SerializedAXNode): Generator<SerializedAXNode> {
  if (node.role !== 'StaticText' && node.role !== 'InlineTextBox') yield node;
  for (const child of node.children ?? []) yield* walk(child);
}

/** Runs in the page: it has nothing but what is in it. */
function search(css: string | null, text: string | null): { elements: Element[]; error: string | null } {
  const plain = (given: string) => given.replace(/\s+/g, ' ').trim().toLowerCase();
  const wanted = text === null ? null : plain(text);
  const elements: Element[] = [];
  const isSeen = (each: Element) => each.checkVisibility?.({ visibilityProperty: true }) ?? true;
  const own = (each: Element) =>
    each instanceof HTMLInputElement && /^(button|submit|reset)$/.test(each.type)
      ? each.value
      : ((each as HTMLElement).innerText ?? each.textContent ?? '');
  const has = (each: Element) => wanted === null || plain(own(each)).includes(wanted);
  try {
    look(document);
  } catch (error) {
    return { elements: [], error: error instanceof Error ? error.message : String(error) };
  }
  return { elements, error: null };

  function look(root: Document | ShadowRoot): void {
    if (css !== null) elements.push(...[...root.querySelectorAll(css)].filter(has));
    for (const each of root.querySelectorAll('*')) {
      if (each.shadowRoot) look(each.shadowRoot);
      if (
        css === null &&
        isSeen(each) &&
        has(each) &&
        ![...each.children].some((child) => isSeen(child) && has(child))
      )
        elements.push(each);
    }
  }
}

export const find: readonly Tool[] = [findElements];
