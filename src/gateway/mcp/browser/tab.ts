import { dialogsOf, type OpenDialog } from './dialogs.ts';
import { Emulation } from './emulation.ts';
import { frameIdOf, sessionOf, sessionOfTarget, targetIdOf } from './internals.ts';
import { Lane, untilAborted } from './lane.ts';
import type { PageLogs } from './page-logs.ts';
import type { ElementHandle, Frame, Page, Target } from './puppeteer.ts';
import { Snapshots } from './snapshots.ts';
import { ToolError } from './tool-error.ts';

export interface TabOptions {
  /** What was heard of it before. */
  logs: PageLogs;
  /** For its next snapshot: a number that none of the session has had. */
  snapshotNumber(): number;
  /** Its renderer is gone. */
  crashed(tab: Tab): void;
  /** Something else is emulated on it. */
  emulated(): void;
}

/** One page of a session: its own queue of calls, its dialog, its frame, and the uids that were given out for it. */
export class Tab {
  /** As models name it. */
  readonly id: number;
  readonly targetId: string;
  readonly target: Target;
  readonly lane = new Lane();
  readonly snapshots: Snapshots;
  readonly logs: PageLogs;
  readonly emulation: Emulation;
  /** As of the last time that the tabs were listed; empty: it was not then. */
  title = '';
  /** The page that opened it by itself; null: a call did. */
  readonly opener: Tab | null;
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  readonly #options: TabOptions;
  #ended: 'closed' | 'crashed' | null = null;
  #onGone = () => {};
  #page: Promise<Page> | null = null;
  #opened: Page | null = null;
  #dialog: OpenDialog | null = null;
  readonly #onDialog = new Set<() => void>();
  #frame: Frame | null = null;

  constructor(id: number, target: Target, opener: Tab | null, options: TabOptions) {
    this.id = id;
    this.target = target;
    this.targetId = targetIdOf(target);
    this.opener = opener;
    this.#options = options;
    this.emulation = new Emulation(options.emulated);
    this.logs = options.logs;
    this.snapshots = new Snapshots(options.snapshotNumber);
    this.logs.onFrame = (session) => this.emulation.begin(session);
    this.gone = new Promise((resolve) => {
      this.#onGone = resolve;
    });
  }

  /** How it ended; null: it is there. */
  get ended(): 'closed' | 'crashed' | null {
    return this.#ended;
  }

  end(how: 'closed' | 'crashed'): void {
    this.#ended ??= how;
    this.#onGone();
  }

  get url(): string {
    return this.target.url();
  }

  /** The dialog that its page waits for. */
  get dialog(): OpenDialog | null {
    return this.#dialog;
  }

  /** Puppeteer's page, once it is attached to; a page whose scripts never end may never be. */
  page(signal: AbortSignal): Promise<Page> {
    if (this.#opened) return Promise.resolve(this.#opened);
    return untilAborted(signal, this.attach());
  }

  /** A frame of its page, by its id in CDP. */
  hasFrame(frameId: string): boolean {
    return this.#opened?.frames().some((frame) => frameIdOf(frame) === frameId) ?? false;
  }

  /** It is attached to. A page that waits for the answer to its first dialog is not. */
  get attached(): boolean {
    return this.#opened !== null;
  }

  attach(): Promise<Page> {
    this.#page ??= this.#attach().catch((error: unknown) => {
      this.#page = null;
      throw error;
    });
    return this.#page;
  }

  /** The frame that scripts and texts are looked for in: the one chosen, else the main one. */
  frame(page: Page): Frame {
    if (this.#frame?.detached) {
      this.#frame = null;
      throw new ToolError(
        'The selected frame is gone.',
        'The main frame is selected again: repeat the call for that, or call select_frame.',
      );
    }
    return this.#frame ?? page.mainFrame();
  }

  /** Null: the main frame. */
  select(frame: Frame | null): void {
    this.#frame = frame;
  }

  /** The element of a uid of the last snapshots; the caller disposes of it. */
  async element(uid: string): Promise<ElementHandle> {
    return this.snapshots.element(uid);
  }

  /** Hears of each dialog that opens; what it returns ends that. */
  onDialog(hear: () => void): () => void {
    this.#onDialog.add(hear);
    return () => this.#onDialog.delete(hear);
  }

  /** A dialog is open; null: none is any more. */
  setDialog(dialog: OpenDialog | null): void {
    this.#dialog = dialog;
    if (dialog) for (const hear of this.#onDialog) hear();
  }

  async #attach(): Promise<Page> {
    // Before Puppeteer asks for the events: what has happened so far comes with them.
    const early = sessionOfTarget(this.target);
    if (early) this.logs.listen(early);
    const page = await this.target.page();
    if (!page)
      throw new ToolError(`Page ${this.id} is no page any more.`, 'Call list_pages to see what there is.');
    dialogsOf(sessionOf(page), (dialog) => this.setDialog(dialog));
    page.on('framenavigated', (frame) => {
      if (frame !== page.mainFrame()) return;
      // One that was loaded ahead has another session.
      this.logs.listen(sessionOf(page));
    });
    // While somebody listens, Puppeteer keeps what the console was given; the console's log lets go of it.
    page.on('console', () => {});
    page.on('error', () => this.#options.crashed(this));
    this.logs.listen(sessionOf(page));
    this.logs.listenToAll(page);
    this.#opened = page;
    return page;
  }
}
