import { ClientRegistry } from '../../../src/gateway/clients.ts';
import { HttpCallers } from '../../../src/gateway/http-callers.ts';
import { Mux } from '../../../src/gateway/mux/mux.ts';
import { Recorder } from '../../../src/gateway/traffic/recorder.ts';
import { Workspaces, type WorkspacesOptions } from '../../../src/gateway/workspaces.ts';

export interface Command {
  id: number;
  method: string;
  params: Record<string, unknown>;
  sessionId?: string;
}

interface Page {
  type: 'page' | 'tab';
  targetId: string;
  url: string;
  browserContextId: string;
  embedderData?: object;
}

/** A browser that does as Chrome does with tabs, contexts and sessions, and answers at once. */
export class WrittenBrowser {
  readonly commands: Command[] = [];
  /** Methods that it leaves unanswered. */
  readonly silent = new Set<string>();
  /** Pages, each with the tab that it is in. */
  readonly targets = new Map<string, Page>();
  readonly contexts = new Set<string>();
  readonly #sessions = new Map<string, { targetId: string; on: string }>();
  #receive: (message: object) => void = () => {};
  #control = '';
  #count = 0;

  /** Every hub that connects is told of all that is there. */
  connect(mux: Mux): void {
    this.#control = '';
    this.#sessions.clear();
    this.#receive = (message) => mux.receive(Buffer.from(JSON.stringify(message)));
    mux.open((text) => this.#hear({ params: {}, ...JSON.parse(text) } as Command));
  }

  /** A page in a tab, which somebody else opened. */
  open(targetId: string, browserContextId = 'DEFAULT'): string {
    const told = { url: 'about:blank', browserContextId };
    this.targets.set(`TAB-${targetId}`, {
      type: 'tab',
      targetId: `TAB-${targetId}`,
      ...told,
      embedderData: {},
    });
    this.targets.set(targetId, { type: 'page', targetId, ...told });
    for (const id of [`TAB-${targetId}`, targetId]) this.#tellOf(id);
    return targetId;
  }

  close(targetId: string): void {
    for (const id of [targetId, `TAB-${targetId}`]) {
      for (const [sessionId, { targetId: attached, on }] of this.#sessions) {
        if (attached === id) this.event('Target.detachedFromTarget', { sessionId }, on);
      }
      this.targets.delete(id);
      if (this.#control) this.event('Target.targetDestroyed', { targetId: id }, this.#control);
    }
  }

  event(method: string, params: object, sessionId: string): void {
    this.#receive({ method, params, sessionId });
  }

  /** It ends a root session by itself. */
  detachRoot(sessionId: string): void {
    this.#receive({ method: 'Target.detachedFromTarget', params: { sessionId } });
  }

  get pages(): string[] {
    return [...this.targets.values()].flatMap(({ type, targetId }) => (type === 'page' ? [targetId] : []));
  }

  sent(method: string): Command[] {
    return this.commands.filter((command) => command.method === method);
  }

  #tellOf(targetId: string): void {
    const targetInfo = this.targets.get(targetId);
    if (this.#control) this.event('Target.targetCreated', { targetInfo }, this.#control);
  }

  #hear(command: Command): void {
    this.commands.push(command);
    if (this.silent.has(command.method)) return;
    const { id, sessionId } = command;
    const outcome = this.#does(command);
    this.#receive({ id, ...('code' in outcome ? { error: outcome } : { result: outcome }), sessionId });
  }

  #does({ method, params, sessionId = '' }: Command): object {
    const targetId = String(params.targetId);
    this.#count += 1;
    switch (method) {
      case 'Target.attachToBrowserTarget':
        return { sessionId: `R${this.#count}` };
      case 'Target.setDiscoverTargets':
        this.#control ||= sessionId;
        // Pages before their tabs: what is there already comes in no order.
        for (const page of [...this.targets.keys()].reverse()) this.#tellOf(page);
        return {};
      case 'Target.createBrowserContext':
        this.contexts.add(`C${this.#count}`);
        return { browserContextId: `C${this.#count}` };
      case 'Target.getBrowserContexts':
        return { browserContextIds: [...this.contexts], defaultBrowserContextId: 'DEFAULT' };
      case 'Target.disposeBrowserContext':
        for (const page of this.#pagesIn(String(params.browserContextId))) this.close(page);
        this.contexts.delete(String(params.browserContextId));
        return {};
      case 'Target.createTarget':
        return { targetId: this.open(`T${this.#count}`, params.browserContextId as string | undefined) };
      case 'Target.closeTarget':
        if (!this.targets.has(targetId)) return { code: -32602, message: 'No target with given id found' };
        this.close(targetId);
        return { success: true };
      case 'Target.attachToTarget':
        return { sessionId: this.#attach(targetId, sessionId) };
      case 'Target.setAutoAttach':
        this.#attachBelow(sessionId);
        return {};
      default:
        return {};
    }
  }

  #pagesIn(browserContextId: string): string[] {
    return this.pages.filter((page) => this.targets.get(page)?.browserContextId === browserContextId);
  }

  #attachBelow(sessionId: string): void {
    const above = this.#sessions.get(sessionId)?.targetId ?? '';
    if (above.startsWith('TAB-')) this.#attach(above.slice('TAB-'.length), sessionId);
  }

  #attach(targetId: string, on: string): string {
    const sessionId = `S${this.#count}-${targetId}`;
    this.#sessions.set(sessionId, { targetId, on });
    this.event('Target.attachedToTarget', { sessionId, targetInfo: this.targets.get(targetId) }, on);
    return sessionId;
  }
}

/** What a gateway has between its sockets and its browser, with a clock that stands still. */
export function hubOn(browser: WrittenBrowser, options: Partial<WorkspacesOptions> = {}) {
  const time = { now: 0 };
  const clock = { now: () => time.now, wall: () => time.now };
  const recorder = new Recorder(clock);
  const mux = new Mux({ clock, observer: recorder });
  const registry = new ClientRegistry(recorder, () => {});
  const told = { changes: 0 };
  const workspaces = new Workspaces({
    mux,
    clock,
    isolation: 'tabs',
    keepTabs: false,
    caller: (workspace) => callers.of(workspace),
    paused: (workspace) => callers.pausedIn(workspace),
    wasPaused: (workspace, id) => callers.wasPaused(workspace, id),
    changed: () => {
      told.changes += 1;
    },
    ...options,
  });
  const callers: HttpCallers = new HttpCallers({ mux, registry, workspaces, clock });
  browser.connect(mux);
  return { time, recorder, mux, registry, workspaces, callers, told };
}
