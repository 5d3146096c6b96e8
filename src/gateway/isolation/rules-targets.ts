import type { Answer } from '../protocol/envelope.ts';
import { type Asking, type Rule, type Ruling, refuse } from './rulings.ts';
import type { TargetInfo } from './target-info.ts';

/** Rules about targets: what is not a client's own does not exist for it, in Chrome's own words. */

/** Null where it is the client's own; content/browser/devtools/protocol/target_handler.cc, `kTargetNotFound`. */
function refuseForeign(targetId: unknown, asking: Asking, code = -32602): Ruling | null {
  if (typeof targetId !== 'string' || targetId === '') return null;
  if (asking.targets.visible(asking.workspace, targetId) || asking.ownsBrowserTarget(targetId)) return null;
  return code === -32602
    ? refuse(code, 'No target with given id found')
    : refuse(code, 'No target with given id');
}

const byTargetId: Rule = ({ targetId }, asking) => refuseForeign(targetId, asking);

/** To the front comes a page that is not there already. */
const toFront = (targetId: unknown, asking: Asking): Ruling | null =>
  typeof targetId === 'string' && asking.isInFront(targetId) ? { do: 'answer', result: {} } : null;

const activate: Rule = ({ targetId }, asking) => refuseForeign(targetId, asking) ?? toFront(targetId, asking);

const bringToFront: Rule = (_params, asking) => (asking.onRoot ? null : toFront(asking.targetId, asking));

/** Other sessions are refused by Chrome whatever the target. */
const onRootByTargetId: Rule = ({ targetId }, asking) =>
  asking.onRoot ? refuseForeign(targetId, asking) : null;

/** A worker of an origin serves everybody's pages of that origin: seen by each, and nobody's to end. */
const close: Rule = ({ targetId }, asking) => {
  const refusal = refuseForeign(targetId, asking);
  if (refusal || typeof targetId !== 'string') return refusal;
  const own = asking.targets.ownerOf(targetId) === asking.workspace || asking.ownsBrowserTarget(targetId);
  return own ? null : refuse(-32602, "Specified target doesn't support closing");
};

const windowOf: Rule = ({ targetId }, asking) => {
  const refusal = refuseForeign(targetId, asking, -32000);
  if (refusal) return refusal;
  return {
    do: 'forward',
    answered: (answer) => {
      const { windowId } = (answer.result ?? {}) as { windowId?: unknown };
      if (typeof windowId === 'number') asking.workspace.windows.add(windowId);
      return answer;
    },
  };
};

/** Window ids are small numbers that Chrome gives to whoever asks. */
const byWindowId: Rule = ({ windowId }, { workspace }) =>
  typeof windowId !== 'number' || workspace.windows.has(windowId)
    ? null
    : refuse(-32000, 'Browser window not found');

const getTargets: Rule = (_params, asking) => ({
  do: 'forward',
  answered: (answer) =>
    mapResult(answer, (result) => {
      const infos = (result as { targetInfos?: TargetInfo[] }).targetInfos;
      if (!Array.isArray(infos)) return result;
      return { ...result, targetInfos: infos.filter((info) => showsInList(info, asking)) };
    }),
});

/** Without isolation a client is told of all targets save the hub's own. */
export const getAllTargets: Rule = (_params, { targets }) => ({
  do: 'forward',
  answered: (answer) =>
    mapResult(answer, (result) => {
      const infos = (result as { targetInfos?: TargetInfo[] }).targetInfos;
      if (!Array.isArray(infos)) return result;
      return { ...result, targetInfos: infos.filter(({ targetId }) => !targets.own.has(targetId)) };
    }),
});

function showsInList(info: TargetInfo, asking: Asking): boolean {
  if (info.type === 'browser') return asking.ownsBrowserTarget(info.targetId);
  return asking.targets.visible(asking.workspace, info.targetId) === true;
}

/** An answer with another result; errors as they are. */
export function mapResult(answer: Answer, change: (result: object) => object): Answer {
  return answer.result === undefined ? answer : { ...answer, result: change(answer.result) };
}

export const TARGET_RULES: Record<string, Rule> = {
  'Target.attachToTarget': byTargetId,
  'Target.closeTarget': close,
  'Target.activateTarget': activate,
  'Page.bringToFront': bringToFront,
  'Target.getTargetInfo': byTargetId,
  'Target.openDevTools': onRootByTargetId,
  'Target.getDevToolsTarget': onRootByTargetId,
  'Target.autoAttachRelated': onRootByTargetId,
  'Target.getTargets': getTargets,
  'Browser.getWindowForTarget': windowOf,
  'Browser.getWindowBounds': byWindowId,
  'Browser.setWindowBounds': byWindowId,
  'Browser.setContentsSize': byWindowId,
};
