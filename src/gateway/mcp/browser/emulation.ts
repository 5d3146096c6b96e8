import type { CDPSession, Page, Viewport } from './puppeteer.ts';
import { conditionsOf } from './puppeteer.ts';
import { silent, withoutWaiting } from './silent.ts';

/** The network as chrome-devtools-mcp names it. */
export const NETWORKS = ['Offline', 'Slow 3G', 'Fast 3G', 'Slow 4G', 'Fast 4G'] as const;

/** What a page is made to believe of what it runs on; what is absent is as it really is. */
export interface EmulationSettings {
  viewport?: Viewport | undefined;
  network?: (typeof NETWORKS)[number] | undefined;
  /** So many times slower. */
  cpu?: number | undefined;
  colorScheme?: 'dark' | 'light' | undefined;
  geolocation?: { latitude: number; longitude: number } | undefined;
  userAgent?: string | undefined;
  /** IANA, e.g. Europe/Berlin. */
  timezone?: string | undefined;
  /** E.g. de-DE. */
  locale?: string | undefined;
  headers?: Record<string, string> | undefined;
}

/** What is emulated on one page. The browser keeps it over navigations, and lets go of it with the session. */
export class Emulation {
  readonly #changed: () => void;
  #now: EmulationSettings = {};

  /** `changed`: something else is emulated from now on. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What is emulated, in words, without the values of headers; empty: nothing is. */
  get words(): string {
    const { viewport, network, cpu, colorScheme, geolocation, userAgent, timezone, locale, headers } =
      this.#now;
    const set = [
      viewport && `viewport ${viewportWords(viewport)}`,
      network && `network ${network}`,
      cpu !== undefined && `processor ${cpu} times slower`,
      colorScheme && `colour scheme ${colorScheme}`,
      geolocation && `geolocation ${geolocation.latitude},${geolocation.longitude}`,
      userAgent && `user agent ${JSON.stringify(userAgent)}`,
      timezone && `timezone ${timezone}`,
      locale && `locale ${locale}`,
      headers && `headers ${Object.keys(headers).join(', ')}`,
    ];
    return set.filter((each) => typeof each === 'string').join('; ');
  }

  get now(): Readonly<EmulationSettings> {
    return this.#now;
  }

  /** Whether the page is loaded anew when these are set: what it is told of touch it believes only from its start. */
  reloads({ viewport }: EmulationSettings): boolean {
    const before = this.#now.viewport;
    return (
      (before?.isMobile ?? false) !== (viewport?.isMobile ?? false) ||
      (before?.hasTouch ?? false) !== (viewport?.hasTouch ?? false)
    );
  }

  /**
   * Puts these in the place of all that was set. Only what differs is sent. Rejects with the browser's words where it
   * does not take one: those before it are set then. A frame that does not answer takes them when it does.
   */
  async set(page: Page, wanted: EmulationSettings, signal: AbortSignal): Promise<void> {
    return withoutWaiting(await silent(page, signal), () => this.#set(page, wanted));
  }

  async #set(page: Page, wanted: EmulationSettings): Promise<void> {
    const inner = new Set(page.frames().map(({ client }) => client));
    inner.delete(page.mainFrame().client);
    const everywhere = (on: (session: CDPSession) => Promise<void>) => Promise.all([...inner].map(on));
    await this.#change('timezone', wanted, async () => {
      await page.emulateTimezone(wanted.timezone);
      await everywhere((session) => setTimezone(session, wanted));
    });
    await this.#change('locale', wanted, async () => {
      await page.emulateLocale(wanted.locale);
      await everywhere((session) => setLocale(session, wanted));
    });
    // An empty one is the browser's own again, client hints included.
    await this.#change('userAgent', wanted, () => page.setUserAgent(wanted.userAgent ?? ''));
    await this.#change('headers', wanted, () => page.setExtraHTTPHeaders(wanted.headers ?? {}));
    await this.#change('network', wanted, async () => {
      await page.emulateNetworkConditions(wanted.network ? await conditionsOf(wanted.network) : null);
    });
    await this.#change('cpu', wanted, async () => {
      await page.emulateCPUThrottling(wanted.cpu ?? null);
      await everywhere((session) => setCpu(session, wanted));
    });
    await this.#change('colorScheme', wanted, () =>
      page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: wanted.colorScheme ?? '' }]),
    );
    await this.#change('geolocation', wanted, async () => {
      if (wanted.geolocation) await page.setGeolocation(wanted.geolocation);
      else await page.mainFrame().client.send('Emulation.clearGeolocationOverride');
    });
    // The last: the page may be loaded anew for it.
    await this.#change('viewport', wanted, () => page.setViewport(wanted.viewport ?? null));
  }

  /** A frame of another site has begun, in a process of its own: what Puppeteer sets there by itself is not all. */
  begin(session: CDPSession): void {
    const { timezone, locale, cpu } = this.#now;
    if (timezone !== undefined) void setTimezone(session, this.#now);
    if (locale !== undefined) void setLocale(session, this.#now);
    if (cpu !== undefined) void setCpu(session, this.#now);
  }

  async #change(
    key: keyof EmulationSettings,
    wanted: EmulationSettings,
    apply: () => Promise<void>,
  ): Promise<void> {
    if (JSON.stringify(this.#now[key]) === JSON.stringify(wanted[key])) return;
    const apart = { ...this.#now, [key]: wanted[key] };
    // Loading anew may be held up by a dialog; what is emulated is set by then.
    if (key === 'viewport') this.#now = apart;
    await apply();
    this.#now = apart;
    this.#changed();
  }
}

/** The flags of a viewport by their names in arguments and answers. */
export const FLAGS = { mobile: 'isMobile', touch: 'hasTouch', landscape: 'isLandscape' } as const;

/** A viewport as it is given. */
export function viewportWords(viewport: Viewport): string {
  const flags = Object.entries(FLAGS).filter(([, key]) => viewport[key]);
  const size = `${viewport.width}x${viewport.height}x${viewport.deviceScaleFactor ?? 1}`;
  return [size, ...flags.map(([flag]) => flag)].join(',');
}

// Of a frame these are left out where its process has them already, or where it goes.

function setTimezone(session: CDPSession, { timezone = '' }: EmulationSettings): Promise<void> {
  return session.send('Emulation.setTimezoneOverride', { timezoneId: timezone }).catch(() => {});
}

function setLocale(session: CDPSession, { locale }: EmulationSettings): Promise<void> {
  return session.send('Emulation.setLocaleOverride', locale === undefined ? {} : { locale }).catch(() => {});
}

function setCpu(session: CDPSession, { cpu = 1 }: EmulationSettings): Promise<void> {
  return session.send('Emulation.setCPUThrottlingRate', { rate: cpu }).catch(() => {});
}
