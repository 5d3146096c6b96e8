import type { CDPSession } from './puppeteer.ts';

/** A dialog that a page waits for. */
export interface OpenDialog {
  type(): string;
  message(): string;
  accept(text?: string): Promise<void>;
  dismiss(): Promise<void>;
}

/** Told of dialogs, by the target that has them; null: it is closed, by whomever. */
type Hear = (targetId: string, dialog: OpenDialog | null) => void;

interface Attached {
  sessionId: string;
  targetInfo: { targetId: string; type: string };
}

/**
 * Hears of the dialogs of each page that comes from here on, from before its first script: one that is opened while the
 * page is still being attached to would keep it from ever being so, and nobody would know.
 */
export function hearDialogs(connection: NonNullable<ReturnType<CDPSession['connection']>>, hear: Hear): void {
  const attached = ({ sessionId, targetInfo: { targetId, type } }: Attached) => {
    const session = connection.session(sessionId);
    if (!session || (type !== 'tab' && type !== 'page')) return;
    session.on('Target.attachedToTarget', attached);
    if (type !== 'page') return;
    dialogsOf(session, (dialog) => hear(targetId, dialog));
    session.send('Page.enable').catch(() => {});
  };
  connection.on('Target.attachedToTarget', attached);
}

/** Hears of the dialogs of one session. */
export function dialogsOf(session: CDPSession, hear: (dialog: OpenDialog | null) => void): void {
  session.on('Page.javascriptDialogOpening', ({ type, message }: { type: string; message: string }) => {
    const answer = async (accept: boolean, promptText?: string) => {
      await session.send('Page.handleJavaScriptDialog', {
        accept,
        ...(promptText !== undefined && { promptText }),
      });
    };
    hear({
      type: () => type,
      message: () => message,
      accept: (text) => answer(true, text),
      dismiss: () => answer(false),
    });
  });
  session.on('Page.javascriptDialogClosed', () => hear(null));
}
