import { documentEnded, sessionOf, sessionOfFrame } from '../../browser/internals.ts';
import type { Frame } from '../../browser/puppeteer.ts';
import type { PageContext } from '../tool.ts';

/** What is said of such a script, before where the page is now. */
export const ENDED = 'The script ran, and ended with its document: what it returns is not known.';

/**
 * Runs a script in a frame by `work`, and resolves with what that does; null: its document ended under it, as with a
 * script that submits a form and waits. It has done its work then: whoever repeats it submits twice. One that runs
 * without end would keep its page, and all others of the same process, for itself: it is stopped where the signal is
 * aborted.
 */
export async function running<T>(
  { signal, page }: PageContext,
  frame: Frame,
  work: () => Promise<T>,
): Promise<{ value: T } | null> {
  const session = sessionOfFrame(frame);
  const stop = () => void session.send('Runtime.terminateExecution').catch(() => {});
  signal.addEventListener('abort', stop);
  try {
    return { value: await work() };
  } catch (error) {
    if (sessionOf(page).detached) throw error;
    // A frame of another site takes its session with it.
    if (documentEnded(error) || frame.detached || session.detached) return null;
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
