import { z } from 'zod';
import { sessionOfFrame } from '../../browser/internals.ts';
import { untilAborted } from '../../browser/lane.ts';
import { silent, silentLines } from '../../browser/silent.ts';
import type { Tab } from '../../browser/tab.ts';
import { pageTool, READS } from '../tool.ts';

/** Elements that are said where nobody asks for another number, and that are looked at. */
const LIMIT = 50;
const LOOKED_AT = 300;

/** The roles that people click on or type into. */
const ROLES =
  /^\s*uid=(\S+) ((?:button|link|checkbox|radio|switch|tab|menuitem\w*|option|combobox|textbox|searchbox|slider|spinbutton|treeitem|gridcell|DisclosureTriangle|PopUpButton|MenuListPopup|ColorWell|Date\w*|InputTime)\b.*)$/;

interface Clickable {
  uid: string;
  words: string;
  /** Null: it is not to be seen at all. */
  place: { x: number; y: number; seen: boolean } | null;
}

export const getClickableElements = pageTool({
  name: 'get_clickable_elements',
  title: 'Get clickable elements',
  description:
    'What can be clicked, chosen or typed into, in all frames, with uids and places: first what is in the viewport. Takes a snapshot for it.',
  input: z.object({
    viewportOnly: z.boolean().optional().describe('Only what is in the viewport.'),
    limit: z.number().int().min(1).max(LOOKED_AT).optional().describe(`Default: ${LIMIT}.`),
  }),
  annotations: READS,
  run: async ({ tab, page, frame, signal }, { viewportOnly = false, limit = LIMIT }) => {
    const quiet = await silent(page, signal);
    const whole = await tab.snapshots.lines(page, false, quiet, signal);
    const lines = whole.flatMap(({ text }) => {
      const [, uid, words] = ROLES.exec(text) ?? [];
      return uid === undefined || words === undefined ? [] : [{ uid, words }];
    });
    const looked = await untilAborted(
      signal,
      Promise.all(lines.slice(0, LOOKED_AT).map((line) => placed(tab, line))),
    );
    const visible = looked.filter(({ place }) => place !== null);
    const seen = visible.filter(({ place }) => place?.seen);
    const wanted = viewportOnly ? seen : [...seen, ...visible.filter(({ place }) => !place?.seen)];
    const unnamed = quiet.has(sessionOfFrame(frame))
      ? 0
      : await untilAborted(signal, frame.evaluate(countUnnamed));
    const shown = wanted.slice(0, limit);
    return {
      text: [
        wanted.length === 0
          ? 'There is nothing to click.'
          : `${seen.length} in the viewport, ${visible.length - seen.length} elsewhere${lines.length > LOOKED_AT ? `, of the first ${LOOKED_AT} of ${lines.length}` : ''}:`,
        ...shown.map(
          ({ uid, words, place }) =>
            `uid=${uid} ${words} at ${place?.x},${place?.y}${place?.seen ? '' : ' (not in the viewport)'}`,
        ),
        ...(wanted.length > shown.length
          ? [`… and ${wanted.length - shown.length} more: ask with a larger limit.`]
          : []),
        ...(unnamed > 0
          ? [
              `${unnamed} more ${unnamed === 1 ? 'element listens' : 'elements listen'} for clicks by an onclick attribute and ${unnamed === 1 ? 'has' : 'have'} no role that says so: evaluate_script finds them by [onclick].`,
            ]
          : []),
        ...silentLines(page, quiet),
      ].join('\n'),
    };
  },
});

async function placed(tab: Tab, { uid, words }: { uid: string; words: string }): Promise<Clickable> {
  try {
    const element = await tab.element(uid);
    const place = await element.evaluate((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      if (width === 0 || height === 0) return null;
      if (each.checkVisibility && !each.checkVisibility({ visibilityProperty: true })) return null;
      const seen = x < innerWidth && y < innerHeight && x + width > 0 && y + height > 0;
      return { x: Math.round(x + width / 2), y: Math.round(y + height / 2), seen };
    });
    element.dispose().catch(() => {});
    return { uid, words, place };
  } catch {
    // It went while it was looked at.
    return { uid, words, place: null };
  }
}

/** Runs in the page. */
function countUnnamed(): number {
  const known = 'a[href], button, input, select, textarea, summary, label, option, [role]';
  return [...document.querySelectorAll('[onclick]')].filter((each) => !each.closest(known)).length;
}
