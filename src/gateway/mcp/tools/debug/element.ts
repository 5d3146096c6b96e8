import { z } from 'zod';
import { sessionOfFrame } from '../../browser/internals.ts';
import { untilAborted } from '../../browser/lane.ts';
import type { CDPSession, Protocol } from '../../browser/puppeteer.ts';
import { UID, withElement } from '../core/act.ts';
import { pageTool, READS } from '../tool.ts';
import { type ElementFacts, elementFacts } from './element-facts.ts';

/** Listeners that are said. */
const LISTENERS = 30;

export const debugElement = pageTool({
  name: 'debug_element',
  title: 'Debug element',
  description:
    'Why an element looks or behaves as it does: box, whether it is visible and what covers it, computed style, attributes, listeners, accessibility.',
  input: z.object({ uid: UID }),
  annotations: READS,
  run: (context, { uid }) =>
    withElement(context, uid, async (element) => {
      const session = sessionOfFrame(element.frame);
      const objectId = element.remoteObject().objectId ?? '';
      const [facts, listeners, { nodes }, box] = await untilAborted(
        context.signal,
        Promise.all([
          element.evaluate(elementFacts),
          listenersOf(session, objectId),
          session.send('Accessibility.getPartialAXTree', { objectId, fetchRelatives: false }),
          element.boundingBox(),
        ]),
      );
      const inFrame = element.frame !== context.page.mainFrame();
      return {
        text: [
          `${uid} <${facts.tag}> ${JSON.stringify(facts.text)}`,
          ...placeLines(facts, inFrame ? box : null),
          `Attributes: ${facts.attributes.join(' ') || 'none'}`,
          `Style: ${facts.style.join('; ')}`,
          `Inside: ${facts.path.slice(0, 12).join(' < ') || 'nothing'}`,
          ...(inFrame ? [`Its frame: ${element.frame.url()}`] : []),
          ...accessibilityLines(nodes[0]),
          ...listenerLines(listeners),
        ].join('\n'),
      };
    }),
});

function placeLines(
  { box, viewport, hidden, inViewport, coveredBy, disabled, focused }: ElementFacts,
  onPage: { x: number; y: number } | null,
): string[] {
  const seen = inViewport ? 'yes' : `no, it is outside the viewport of ${viewport.width}x${viewport.height}`;
  const state = [disabled ? 'disabled' : '', focused ? 'has the focus' : ''].filter(Boolean);
  return [
    `Box: ${box.width}x${box.height} at ${box.x},${box.y}${onPage ? ` of its frame, ${Math.round(onPage.x)},${Math.round(onPage.y)} of the page` : ''}`,
    `Visible: ${hidden === '' ? seen : `no, ${hidden}`}`,
    ...(coveredBy === '' ? [] : [`Covered by: ${coveredBy}, which a click would hit`]),
    ...(state.length === 0 ? [] : [`State: ${state.join(', ')}`]),
  ];
}

function accessibilityLines(node: Protocol.Accessibility.AXNode | undefined): string[] {
  if (!node) return [];
  if (node.ignored) {
    const why = (node.ignoredReasons ?? []).map(({ name }) => name).join(', ');
    return [`Accessibility: ignored${why === '' ? '' : ` (${why})`}`];
  }
  const say = (value: Protocol.Accessibility.AXValue | undefined) => JSON.stringify(value?.value ?? '');
  const properties = (node.properties ?? [])
    .filter(({ value }) => ['string', 'number', 'boolean'].includes(typeof value.value))
    .map(({ name, value }) => `${name}=${value.value}`);
  return [
    `Accessibility: role ${say(node.role)}, name ${say(node.name)}${node.description?.value ? `, description ${say(node.description)}` : ''}${properties.length === 0 ? '' : `, ${properties.join(' ')}`}`,
  ];
}

type Listener = Protocol.DOMDebugger.EventListener;

/** Also what is above it may listen for what happens to it; that is not said. */
async function listenersOf(session: CDPSession, objectId: string): Promise<Listener[]> {
  const { listeners } = await session.send('DOMDebugger.getEventListeners', { objectId });
  return listeners;
}

function listenerLines(listeners: readonly Listener[]): string[] {
  if (listeners.length === 0) return ['Listeners: none of its own'];
  const lines = listeners
    .slice(0, LISTENERS)
    .map(({ type, useCapture, passive, once, lineNumber, columnNumber }) => {
      const how = [useCapture ? 'capture' : '', passive ? 'passive' : '', once ? 'once' : ''].filter(Boolean);
      return `- ${type}${how.length === 0 ? '' : ` (${how.join(', ')})`} at line ${lineNumber + 1}:${columnNumber + 1} of its script`;
    });
  const more = listeners.length - lines.length;
  return [`Listeners: ${listeners.length}`, ...lines, ...(more > 0 ? [`- and ${more} more`] : [])];
}
