import { loaderIdOf, sessionOf, sessionOfFrame } from './internals.ts';
import { untilAborted } from './lane.ts';
import type { CDPSession, Frame, Page, SerializedAXNode } from './puppeteer.ts';
import { ToolError } from './tool-error.ts';

/** How long frames may take to answer once the page has, milliseconds. */
const ANSWER = 1000;

/** How many of them are named. */
const NAMED = 5;

/**
 * The sessions of those frames of other sites, which have processes of their own, that do not answer: a script of
 * theirs may run without end. The page itself is waited for; rejects with the signal.
 */
export async function silent(page: Page, signal: AbortSignal): Promise<ReadonlySet<CDPSession>> {
  const main = sessionOf(page);
  const left = new Set(page.frames().map(sessionOfFrame));
  left.delete(main);
  if (left.size === 0) return left;
  const ask = (session: CDPSession) =>
    session
      .send('Runtime.evaluate', { expression: '0' })
      // It went, or has another process now.
      .catch(() => {})
      .then(() => left.delete(session));
  const answers = Promise.all([...left].map(ask));
  await untilAborted(signal, ask(main));
  await untilAborted(AbortSignal.any([signal, AbortSignal.timeout(ANSWER)]), answers).catch(() => {});
  signal.throwIfAborted();
  return new Set(left);
}

/** The frames that answer. */
export function answering(page: Page, sessions: ReadonlySet<CDPSession>): Frame[] {
  return page.frames().filter((frame) => !sessions.has(sessionOfFrame(frame)));
}

/** Throws where that frame is one of them. */
export function refuseSilent(frame: Frame, sessions: ReadonlySet<CDPSession>): void {
  if (!sessions.has(sessionOfFrame(frame))) return;
  throw new ToolError(
    `The selected frame (${frame.url()}) does not answer: a script of it may run without end.`,
    'Call select_frame with main to work on the rest of the page.',
  );
}

/** What to say of an answer that they have no part in; empty where all answered. */
export function silentLines(page: Page, sessions: ReadonlySet<CDPSession>): string[] {
  const frames = page.frames().filter((frame) => sessions.has(sessionOfFrame(frame)));
  if (frames.length === 0) return [];
  const urls = frames.slice(0, NAMED).map((frame) => frame.url());
  const more = frames.length > NAMED ? ' and others' : '';
  const what =
    frames.length === 1 ? '1 frame does not answer and is' : `${frames.length} frames do not answer and are`;
  return [`${what} left out: ${urls.join(', ')}${more}.`];
}

/** As `work`, for which these frames are nodes that say so: Puppeteer would wait for them. */
export async function withStubs<T>(
  page: Page,
  sessions: ReadonlySet<CDPSession>,
  work: () => Promise<T>,
): Promise<T> {
  const frames = page.frames().filter((frame) => sessions.has(sessionOfFrame(frame)));
  for (const frame of frames) frame.accessibility.snapshot = async () => stub(frame);
  try {
    return await work();
  } finally {
    // The method of its class is there again.
    for (const { accessibility } of frames) delete (accessibility as { snapshot?: unknown }).snapshot;
  }
}

/** As `work`, whose settings reach these frames when they answer again: nobody waits for them. */
export async function withoutWaiting<T>(
  sessions: ReadonlySet<CDPSession>,
  work: () => Promise<T>,
): Promise<T> {
  for (const session of sessions) {
    const send = session.send.bind(session);
    const sendOn = (method: Parameters<typeof send>[0], ...rest: never[]) => {
      const sent: Promise<unknown> = send(method, ...rest);
      if (!/^(Emulation|Network)\./.test(method)) return sent;
      sent.catch(() => {});
      return Promise.resolve({});
    };
    session.send = sendOn as typeof session.send;
  }
  try {
    return await work();
  } finally {
    for (const session of sessions) delete (session as { send?: unknown }).send;
  }
}

function stub(frame: Frame): SerializedAXNode {
  return {
    role: 'RootWebArea',
    name: 'this frame does not answer',
    // No node has it.
    backendNodeId: 0,
    loaderId: loaderIdOf(frame),
    elementHandle: async () => null,
  };
}
