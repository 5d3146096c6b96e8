import type { BrowserEndpoint } from '../../../../src/shared/ipc.ts';
import type { Isolation } from '../../../../src/shared/isolation.ts';
import { Chrome } from '../../../helpers/chrome.ts';
import { GatewayProcess } from '../../../integration/gateway/gateway-process.ts';
import { PlaywrightMember, PuppeteerMember, RawMember } from './members.ts';
import { Site } from './site.ts';

/** How the clients are kept apart; `direct`: they use Chrome's own address. */
export type Mode = Isolation | 'direct';

/** A Chrome of its own with a gateway in front, or none for the reference, and pages to drive. */
export class Stage implements AsyncDisposable {
  readonly mode: Mode;
  readonly chrome: Chrome;
  readonly gateway: GatewayProcess | null;
  readonly site: Site;
  #names = 0;

  private constructor(mode: Mode, chrome: Chrome, gateway: GatewayProcess | null, site: Site) {
    this.mode = mode;
    this.chrome = chrome;
    this.gateway = gateway;
    this.site = site;
  }

  static async start(mode: Mode): Promise<Stage> {
    const chrome = await Chrome.start();
    const gateway = mode === 'direct' ? null : await startGateway(chrome.endpoint, mode);
    return new Stage(mode, chrome, gateway, await Site.start());
  }

  /** The workspace of that name: what a client is given in place of Chrome's own address. */
  endpoint(name: string): string {
    return this.gateway ? `${this.gateway.url}/w/${name}` : this.chrome.url;
  }

  /** A name that nobody has had. */
  name(prefix = 'guest'): string {
    this.#names += 1;
    return `${prefix}${this.#names}`;
  }

  /** The WebSocket of the whole browser, of no workspace by name. */
  get anonymous(): string {
    return this.gateway ? this.gateway.cdp : this.chrome.endpoint.wsUrl;
  }

  async playwright(name = this.name()): Promise<PlaywrightMember> {
    return PlaywrightMember.connect(name, this.endpoint(name));
  }

  async puppeteer(name = this.name()): Promise<PuppeteerMember> {
    return PuppeteerMember.connect(name, this.endpoint(name));
  }

  async raw(name = this.name()): Promise<RawMember> {
    return RawMember.connect(name, this.endpoint(name));
  }

  /** Rejects where the gateway has not lived up to here. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { gateway } = this;
    const crash = gateway && gateway.child.exitCode !== null ? gateway.stderr : null;
    await gateway?.[Symbol.asyncDispose]();
    await this.chrome[Symbol.asyncDispose]();
    await this.site[Symbol.asyncDispose]();
    if (crash !== null) throw new Error(`the gateway ended by itself: ${crash}`);
  }
}

async function startGateway(browser: BrowserEndpoint, isolation: Isolation): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(browser, { isolation });
  await gateway.next('upstream', ({ connected }) => connected);
  return gateway;
}
