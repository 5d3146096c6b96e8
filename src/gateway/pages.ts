import { HubError, type HubErrorData } from '../shared/errors.ts';
import { urlHost } from '../shared/hosts.ts';
import type { BrowserEndpoint, PageAct, PageShown, PageWish } from '../shared/ipc.ts';
import type { ClientRegistry } from './clients.ts';
import { answered } from './contract/within.ts';
import type { TargetInfo } from './isolation/target-info.ts';
import type { Targets } from './isolation/targets.ts';
import type { Workspace } from './isolation/workspace.ts';
import type { Mux } from './mux/mux.ts';
import type { MuxClient } from './mux/mux-client.ts';
import type { Passes } from './passes.ts';

/** How long a page may take to draw, milliseconds: the supervisor asks for no longer than 5 s. */
const DRAWING = 4500;

export interface PagesOptions {
  mux: Mux;
  registry: ClientRegistry;
  passes: Passes;
  /** The browser; null while there is none. */
  endpoint(): BrowserEndpoint | null;
  /** Where the gateway itself listens. */
  address(): { host: string; port: number };
}

/** Pages of clients, as the person who runs the hub takes them over or looks at them. */
export class Pages {
  readonly #options: PagesOptions;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  async act(act: PageAct, wish: PageWish): Promise<{ result: PageShown } | { error: HubErrorData }> {
    try {
      return { result: await this.#act(act, wish) };
    } catch (error) {
      return { error: HubError.from(error).toData() };
    }
  }

  async #act(act: PageAct, { client, target }: PageWish): Promise<PageShown> {
    const { mux, registry } = this.#options;
    const record = registry.get(client);
    if (!record) {
      throw new HubError('NOT_FOUND', `there is no client ${client}`, 'cdp-hub clients lists who is there.');
    }
    const page = pageOf(mux.targets, record.mux, target);
    if (!page) throw noPage(record.identity.name, target);
    const { targetId } = page;
    // Chromium tells nobody of a new title: it has to be asked.
    const { title = '', url } = await this.#info(targetId);
    const shown = { tab: mux.targets.tabNumber(targetId), title, url, address: null, picture: null };
    switch (act) {
      case 'front':
        await this.#call('Target.activateTarget', { targetId });
        return shown;
      case 'devtools':
        return { ...shown, address: await this.#inspect(page, record.mux.workspace) };
      case 'picture':
        return { ...shown, picture: await this.#picture(targetId) };
      default:
        return act satisfies never;
    }
  }

  /** In a browser with windows in a tab of the person's own; else where to open it. */
  async #inspect({ targetId }: TargetInfo, workspace: Workspace): Promise<string | null> {
    const { mux, passes, endpoint, address } = this.#options;
    if (endpoint()?.http === false) throw NO_FRONT_END;
    const { host, port } = address();
    const at = `${urlHost(/^(0\.0\.0\.0|::)$/.test(host) ? '127.0.0.1' : host)}:${port}`;
    const url = `http://${at}${passes.path({ targetId, workspace })}`;
    if (!mux.headful) return url;
    await this.#call('Target.createTarget', { url });
    return null;
  }

  async #picture(targetId: string): Promise<string> {
    const picture = await this.#options.mux.picture(targetId, DRAWING);
    if (picture !== null) return picture;
    throw new HubError(
      'TIMEOUT',
      `the page has drawn nothing for ${DRAWING / 1000} s`,
      'It hangs, waits for a dialog, or is gone: W brings it to the front.',
    );
  }

  async #info(targetId: string): Promise<TargetInfo> {
    const { targetInfo } = await this.#call('Target.getTargetInfo', { targetId });
    return targetInfo as TargetInfo;
  }

  async #call(method: string, params: object): Promise<{ targetInfo?: unknown }> {
    const { result, error } = await answered(this.#options.mux.call(method, params));
    if (error) {
      const { message } = error as { message: string };
      throw new HubError('CONTROL', `the browser refused: ${message}`, 'The page may be gone: look again.');
    }
    return result ?? {};
  }
}

/** The page that a client means by this target, empty for the one that it used last; undefined: it sees none such. */
function pageOf(targets: Targets, client: MuxClient, target: string): TargetInfo | undefined {
  const { workspace, lastTarget } = client;
  const named = targets.topPage(target || lastTarget);
  if (named && targets.visible(workspace, named.targetId)) return named;
  return target === '' ? targets.pagesOf(workspace).at(-1) : undefined;
}

function noPage(name: string, target: string): HubError {
  return target === ''
    ? new HubError('NOT_FOUND', `${name} has no page`, 'Wait until it opens one, or select a row with a tab.')
    : new HubError(
        'NOT_FOUND',
        `that page of ${name} is gone`,
        'Select the client itself for its latest page.',
      );
}

const NO_FRONT_END = new HubError(
  'CONTROL',
  'this browser serves nothing over HTTP, so it has no DevTools pages to show',
  'W brings the page to the front; F12 there opens its DevTools.',
);
