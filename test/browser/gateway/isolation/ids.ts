import type { Frame } from '../raw-client.ts';
import { RawClient } from '../raw-client.ts';
import { RawMember, type RawTab } from './members.ts';
import type { Stage } from './stage.ts';

/** Things of one client by the names that another could learn or guess. */
export interface Ids {
  targetId: string;
  browserContextId: string;
  windowId: number;
}

/** They have the form of real ones; nothing has them. */
export const NOBODYS: Ids = {
  targetId: 'F'.repeat(32),
  browserContextId: 'E'.repeat(32),
  windowId: 1_999_999_999,
};

/** Commands on a root session that name something; those that end it come last. */
export const ON_ROOT: [method: string, params: (ids: Ids) => object][] = [
  ['Target.attachToTarget', ({ targetId }) => ({ targetId, flatten: true })],
  ['Target.getTargetInfo', ({ targetId }) => ({ targetId })],
  ['Target.activateTarget', ({ targetId }) => ({ targetId })],
  ['Target.openDevTools', ({ targetId }) => ({ targetId })],
  ['Target.getDevToolsTarget', ({ targetId }) => ({ targetId })],
  ['Target.autoAttachRelated', ({ targetId }) => ({ targetId, waitForDebuggerOnStart: false })],
  ['Target.sendMessageToTarget', ({ targetId }) => ({ targetId, message: MESSAGE })],
  ['Target.createTarget', ({ browserContextId }) => ({ url: 'about:blank', browserContextId })],
  ['Browser.setDownloadBehavior', ({ browserContextId }) => ({ behavior: 'deny', browserContextId })],
  ['Browser.grantPermissions', ({ browserContextId }) => ({ permissions: [], browserContextId })],
  ['Browser.resetPermissions', ({ browserContextId }) => ({ browserContextId })],
  ['Browser.cancelDownload', ({ browserContextId }) => ({ guid: 'x', browserContextId })],
  ['Storage.getCookies', ({ browserContextId }) => ({ browserContextId })],
  ['Storage.setCookies', ({ browserContextId }) => ({ cookies: [], browserContextId })],
  ['Storage.clearCookies', ({ browserContextId }) => ({ browserContextId })],
  ['Browser.getWindowForTarget', ({ targetId }) => ({ targetId })],
  ['Browser.getWindowBounds', ({ windowId }) => ({ windowId })],
  ['Browser.setContentsSize', ({ windowId }) => ({ windowId, width: 99, height: 99 })],
  ['Browser.setWindowBounds', ({ windowId }) => ({ windowId, bounds: { windowState: 'minimized' } })],
  ['Target.disposeBrowserContext', ({ browserContextId }) => ({ browserContextId })],
  ['Target.closeTarget', ({ targetId }) => ({ targetId })],
];

const MESSAGE = JSON.stringify({
  id: 1,
  method: 'Runtime.evaluate',
  params: { expression: 'window.hit = 1' },
});

/**
 * On a page's session Chrome takes no context for cookies, and none may be made or disposed there; the rest is
 * refused in the same words.
 */
export const ON_PAGE = ON_ROOT.filter(([method]) => !method.startsWith('Storage.'));

/** A client with a page, and what there is of it to name. */
export async function victimOf(stage: Stage): Promise<{ member: RawMember; tab: RawTab; ids: Ids }> {
  const member = await stage.raw();
  const tab = await member.open(stage.site.page('/', member.name));
  const context = await member.client.call('Target.createBrowserContext');
  const window = await member.client.call('Browser.getWindowForTarget', { targetId: tab.targetId });
  const { browserContextId } = context.result;
  const { windowId } = window.result;
  return { member, tab, ids: { targetId: tab.targetId, browserContextId, windowId } };
}

/** What the browser says to things that do not exist, with the names of those that do in their place. */
export async function chromesWords(
  stage: Stage,
  on: 'root' | 'page',
  ids: Ids,
): Promise<Record<string, Frame['error']>> {
  const member = await RawMember.on('direct', await RawClient.connect(stage.chrome.endpoint.wsUrl));
  const tab = on === 'page' ? await member.open() : null;
  const words = await answersTo(member, tab, NOBODYS);
  await tab?.close();
  await member[Symbol.asyncDispose]();
  const text = JSON.stringify(words)
    .replaceAll(NOBODYS.targetId, ids.targetId)
    .replaceAll(NOBODYS.browserContextId, ids.browserContextId);
  return JSON.parse(text) as typeof words;
}

/** The errors to all commands that name these things. */
export async function answersTo(
  member: RawMember,
  tab: RawTab | null,
  ids: Ids,
): Promise<Record<string, Frame['error']>> {
  const answers: Record<string, Frame['error']> = {};
  for (const [method, params] of tab ? ON_PAGE : ON_ROOT) {
    const answer = await member.client.call(method, params(ids), tab?.sessionId);
    answers[method] = answer.error ?? { code: 0, message: `done: ${JSON.stringify(answer.result)}` };
  }
  return answers;
}
