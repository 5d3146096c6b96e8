import type { Exchange, Observer } from '../../../../src/gateway/contract/observer.ts';
import { Workspace } from '../../../../src/gateway/isolation/workspace.ts';
import { Mux, type MuxOptions } from '../../../../src/gateway/mux/mux.ts';
import type { MuxClient, Sink } from '../../../../src/gateway/mux/mux-client.ts';
import type { Face } from '../../../../src/gateway/mux/top-sessions.ts';
import type { Close } from '../../../../src/gateway/protocol/errors.ts';
import type { Isolation } from '../../../../src/shared/isolation.ts';

export interface Frame {
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  sessionId?: string;
  result?: unknown;
  error?: { code: number; message: string; data?: string };
}

/** The hub's own root session, and the browser's default context. */
export const CONTROL = 'HUB';
export const DEFAULT_CONTEXT = 'CTX-0';

const FOCUS = 'Emulation.setFocusEmulationEnabled';

/** One client of the transcript: what it was sent, and how it ended. */
export interface Client {
  mux: MuxClient;
  frames: Frame[];
  closed: Close[];
  lost: string[];
  /** Sends a text or an object. */
  say(frame: unknown): void;
  /** The frames since the last call. */
  heard(): Frame[];
}

/** A mux between a written-down browser and written-down clients. */
export class Transcript {
  readonly mux: Mux;
  /** What the browser was sent, in order. */
  readonly upstream: Frame[] = [];
  /** Of the focus that pages were given what is not answered. */
  readonly focus: Frame[] = [];
  answersFocus = true;
  readonly exchanges: { method: string; end: string; error: string | null }[] = [];
  readonly events: string[] = [];
  now = 0;
  readonly #windows: boolean;
  #read = 0;
  #clients = 0;
  #workspaces = 0;

  /** `windows`: the browser has some that a person sees. */
  constructor({ windows = false, ...options }: Partial<MuxOptions> & { windows?: boolean } = {}) {
    this.#windows = windows;
    const observer: Observer = {
      bodyLimit: 0,
      opened: () => {},
      closed: (exchange: Exchange, end, { error }) =>
        void this.exchanges.push({ method: exchange.method, end, error: error?.message ?? null }),
      event: (client, { method }) => void this.events.push(`${client.id} ${method}`),
      called: () => () => {},
    };
    this.mux = new Mux({
      clock: { now: () => this.now, wall: () => this.now },
      observer,
      ...options,
    });
    this.open();
  }

  open(): void {
    this.mux.open((text) => {
      const frame = JSON.parse(text) as Frame;
      // Goes to every page of an isolated client, and is no part of what is written down here.
      if (this.#windows || frame.method !== FOCUS) this.upstream.push(frame);
      else this.focus.push(frame);
    });
    // The hub's own root, which is told of all targets.
    this.chrome({ id: this.one().id, result: { sessionId: CONTROL } });
    for (const { id, method } of this.sent()) {
      this.chrome({ id, result: this.#result(method), sessionId: CONTROL });
    }
  }

  #result(method = ''): object {
    if (method === 'Target.getBrowserContexts') {
      return { browserContextIds: [], defaultBrowserContextId: DEFAULT_CONTEXT };
    }
    return method === 'Browser.getVersion' && this.#windows ? { userAgent: 'Mozilla/5.0 Chrome/156' } : {};
  }

  /** The browser says. */
  chrome(frame: unknown): void {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.mux.receive(Buffer.from(text));
    if (this.answersFocus) this.answerFocus();
  }

  /** Pages have the focus that they were given. */
  answerFocus(): void {
    for (const { id, sessionId } of this.focus.splice(0)) {
      this.mux.receive(Buffer.from(JSON.stringify({ id, result: {}, sessionId })));
    }
  }

  /** What the browser was sent since the last call. */
  sent(): Frame[] {
    const frames = this.upstream.slice(this.#read);
    this.#read = this.upstream.length;
    return frames;
  }

  /** The one frame that the browser was sent since the last call; fails on none or several. */
  one(): Frame & { id: number } {
    const frames = this.sent();
    const [frame] = frames;
    if (frames.length !== 1 || typeof frame?.id !== 'number') {
      throw new Error(`expected one command upstream, saw ${JSON.stringify(frames)}`);
    }
    return { ...frame, id: frame.id };
  }

  join(face: Face = { kind: 'browser' }, workspace = this.workspace()): Client {
    this.#clients += 1;
    const id = `c${this.#clients}`;
    const frames: Frame[] = [];
    const closed: Close[] = [];
    const lost: string[] = [];
    let read = 0;
    const identity = { id, kind: 'cdp' as const, name: id, workspace: id, isolation: workspace.isolation };
    const sink: Sink = {
      deliver: (message) => void frames.push(JSON.parse(JSON.stringify(message)) as Frame),
      close: (close) => void closed.push(close),
      lost: (cause) => void lost.push(cause),
    };
    const mux = this.mux.join({ identity, workspace, face, sink });
    return {
      mux,
      frames,
      closed,
      lost,
      say: (frame) => {
        const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
        mux.receive(text, text.length);
      },
      heard: () => {
        const fresh = frames.slice(read);
        read = frames.length;
        return fresh;
      },
    };
  }

  /** A workspace whose world is there; without isolation unless another is asked for. */
  workspace(isolation: Isolation = 'none', named = false, seed: string[] = []): Workspace {
    this.#workspaces += 1;
    const workspace = new Workspace({ name: `w${this.#workspaces}`, named, isolation, seed });
    workspace.world = 'made';
    return workspace;
  }

  /** A browser client whose root session `root` is there. */
  ready(root: string, workspace = this.workspace()): Client {
    const client = this.join({ kind: 'browser' }, workspace);
    client.mux.start();
    this.chrome({ id: this.one().id, result: { sessionId: root } });
    return client;
  }

  /** The browser attaches a child session, as it does for auto-attach and for attachToTarget. */
  attached(parent: string, sessionId: string, type = 'page', targetId = `T-${sessionId}`): void {
    this.chrome({
      method: 'Target.attachedToTarget',
      params: { sessionId, targetInfo: { targetId, type, url: 'about:blank' }, waitingForDebugger: false },
      sessionId: parent,
    });
  }
}
