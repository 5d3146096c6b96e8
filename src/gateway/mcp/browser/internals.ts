import type { CDPSession, ElementHandle, Frame, Page, Target } from './puppeteer.ts';

/**
 * What Puppeteer knows and has no public name for (puppeteer-core 25, `cdp/Page.ts`, `cdp/Frame.ts`, `cdp/Target.ts`):
 * the sessions that it drives a page by. Sessions of our own beside them would have the browser say everything twice.
 */

/** The session of the page's main frame. */
export function sessionOf(page: Page): CDPSession {
  const session = (page as unknown as { _client?: () => CDPSession })._client?.();
  if (!session) throw new Error('this version of puppeteer-core keeps the session of a page elsewhere');
  return session;
}

/** The session of a frame: that of the frame above it, unless it is of another site. */
export function sessionOfFrame(frame: Frame): CDPSession {
  return frame.client;
}

/** A frame's id as CDP has it. */
export function frameIdOf(frame: Frame): string {
  return frame._id;
}

/** The id of the document that is in a frame. */
export function loaderIdOf(frame: Frame): string {
  const { _loaderId: id } = frame as unknown as { _loaderId?: string };
  if (id === undefined)
    throw new Error('this version of puppeteer-core keeps the document of a frame elsewhere');
  return id;
}

/** The element of a node of that frame; rejects where it is gone. */
export async function elementOf(frame: Frame, backendNodeId: number): Promise<ElementHandle> {
  const handle = await frame.mainRealm().adoptBackendNode(backendNodeId);
  const element = handle.asElement();
  if (!element) throw new Error('the node is no element');
  return element as ElementHandle;
}

export function targetIdOf(target: Target): string {
  const id = (target as unknown as { _targetId?: string })._targetId;
  if (id === undefined) throw new Error('this version of puppeteer-core keeps the id of a target elsewhere');
  return id;
}

/** The session of a target that Puppeteer has attached to by itself; null where it has not yet. */
export function sessionOfTarget(target: Target): CDPSession | null {
  return (target as unknown as { _session?: () => CDPSession | undefined })._session?.() ?? null;
}

/** The id of the context that the scripts of a frame run in; null while it has none. */
export function contextIdOf(frame: Frame): number | null {
  const realm = (frame as unknown as { mainRealm?: () => { context?: { id?: number } } }).mainRealm?.();
  return realm?.context?.id ?? null;
}

/** What was asked of a document failed as that has ended: its frame has navigated. */
export function documentEnded(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return /context was destroyed|Cannot find context|Inspected target navigated/i.test(message);
}
