import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { Clock } from '../../shared/clock.ts';
import type { BrowserEndpoint } from '../../shared/ipc.ts';
import { batch, flushNow } from '../socket/batch.ts';
import { ASKING, ASKS, announcedNow, whyNot } from './approval.ts';
import { Pulse } from './pulse.ts';

/** Bytes and milliseconds. */
export const UPSTREAM_LIMITS = {
  frame: 256 * 1024 * 1024,
  firstRetry: 250,
  lastRetry: 10_000,
  /** The WebSocket handshake; in Chrome's approval mode a person has to find and press a button. */
  handshake: 10_000,
  approval: 120_000,
  /** See pulse.ts: a hang must be known within 15 s (reliability.md §1). */
  ping: 5000,
  silence: 10_000,
};

/** How often within one `ping` the silence is looked at. */
const LOOKS = 5;

/** What the owner of an {@link Upstream} is told. */
export interface UpstreamEvents {
  opened(send: (text: string) => void): void;
  /** A text frame, whose bytes are the hearer's. */
  message(frame: Buffer): void;
  /** Also called with a better cause while there is no connection. */
  lost(cause: string): void;
  state(connected: boolean, reason: string): void;
  /** Asks the browser for anything; what comes back is seen by {@link UpstreamEvents.message}. */
  probe(): void;
  /** Whether the browser answers; told on every change, and again every 5 s while the silence lasts. */
  health(answering: boolean, silentMs: number): void;
}

/**
 * The gateway's single connection to the browser, kept up for as long as there is an endpoint. A lost one is
 * tried again with back-off; in approval mode (`http: false`) only when somebody needs it, for every try
 * asks the person at the browser.
 */
export class Upstream {
  readonly #clock: Clock;
  readonly #events: UpstreamEvents;
  readonly #limits: typeof UPSTREAM_LIMITS;
  #endpoint: BrowserEndpoint | null = null;
  #reason = 'no browser is known yet';
  #socket: WebSocket | null = null;
  /** The connection below the socket, once that is open. */
  #raw: Duplex | null = null;
  #connected = false;
  /** Those who wait for it to be. */
  readonly #waiting = new Set<() => void>();
  #attempt: Promise<boolean> | null = null;
  #retry: NodeJS.Timeout | null = null;
  #delay: number;
  /** The state told last: the reason it is down for, empty while it is up. */
  #told: string | null = null;
  #watchdog: NodeJS.Timeout | null = null;
  /** For how long it had not answered when that was told last; 0 while it answers. */
  #silentMs = 0;

  constructor(clock: Clock, events: UpstreamEvents, limits = UPSTREAM_LIMITS) {
    this.#clock = clock;
    this.#events = events;
    this.#limits = limits;
    this.#delay = limits.firstRetry;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Why there is no connection. */
  get reason(): string {
    return this.#reason;
  }

  get endpoint(): BrowserEndpoint | null {
    return this.#endpoint;
  }

  /** The browser came, moved or went; a connection to where it no longer is ends at once. */
  moved(endpoint: BrowserEndpoint | null, reason: string): void {
    const same = endpoint !== null && endpoint.wsUrl === this.#endpoint?.wsUrl;
    this.#endpoint = endpoint;
    if (same && this.#connected) return;
    this.#disconnect(endpoint ? reason || 'the connection to the browser is being made' : reason);
    this.#delay = this.#limits.firstRetry;
    if (endpoint) void this.#connect();
  }

  /** True once connected, false when that cannot be had within `ms`. In back-off it tries at once. */
  async ready(ms: number): Promise<boolean> {
    if (this.#connected) return true;
    if (!this.#endpoint) return false;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ms, false);
    });
    const connected = await Promise.race([this.#connect(), timeout]);
    clearTimeout(timer);
    return connected;
  }

  /** True as soon as it is connected, false after `ms` milliseconds, also where no browser is on its way. */
  within(ms: number): Promise<boolean> {
    if (this.#connected) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = (connected: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(hear);
        resolve(connected);
      };
      const hear = () => done(true);
      const timer = setTimeout(done, ms, false);
      this.#waiting.add(hear);
    });
  }

  close(): void {
    this.#endpoint = null;
    this.#disconnect('the hub is stopping');
  }

  #connect(): Promise<boolean> {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    this.#attempt ??= this.#try().finally(() => {
      this.#attempt = null;
      if (this.#endpoint && !this.#connected) this.#scheduleRetry();
    });
    return this.#attempt;
  }

  async #try(): Promise<boolean> {
    const endpoint = this.#endpoint;
    if (!endpoint) return false;
    const wsUrl = await this.#currentUrl(endpoint);
    const opened = this.#endpoint === endpoint && (await this.#open(endpoint, wsUrl));
    // Moved meanwhile: this attempt goes on to the new place.
    return !opened && this.#endpoint !== endpoint ? this.#try() : opened;
  }

  #open(endpoint: BrowserEndpoint, wsUrl: string): Promise<boolean> {
    const socket = openSocket(wsUrl, endpoint.http ? this.#limits.handshake : this.#limits.approval);
    this.#socket = socket;
    const asking = endpoint.http ? undefined : setTimeout(() => this.#asks(socket), ASKING);
    return new Promise((resolve) => {
      let raw: Duplex | null = null;
      socket.on('upgrade', (response) => {
        raw = response.socket;
      });
      socket.on('open', () => {
        clearTimeout(asking);
        if (this.#socket !== socket) return;
        this.#opened(socket, raw);
        resolve(true);
      });
      socket.on('error', (error) => {
        if (this.#socket === socket) this.#setReason(whyNot(endpoint, error));
      });
      socket.on('close', (code) => {
        clearTimeout(asking);
        resolve(false);
        if (this.#socket !== socket) return;
        this.#ended(
          this.#connected
            ? `the connection to the browser ended (${code}): ${this.#whyEnded()}`
            : this.#reason,
        );
      });
    });
  }

  /**
   * Where an attached browser is now. One that was restarted on its port has a new id; one that we launched
   * is announced by the supervisor instead.
   */
  async #currentUrl(endpoint: BrowserEndpoint): Promise<string> {
    if (!endpoint.http) return announcedNow(endpoint);
    if (endpoint.launched || this.#delay === this.#limits.firstRetry) return endpoint.wsUrl;
    try {
      const { request } = await import('undici');
      const at = new URL(endpoint.wsUrl);
      const answer = await request(`${at.protocol === 'wss:' ? 'https' : 'http'}://${at.host}/json/version`, {
        headers: hostHeader(at),
        headersTimeout: 2000,
        bodyTimeout: 2000,
      });
      const { webSocketDebuggerUrl } = (await answer.body.json()) as { webSocketDebuggerUrl?: string };
      if (webSocketDebuggerUrl) at.pathname = new URL(webSocketDebuggerUrl).pathname;
      return at.href;
    } catch {
      return endpoint.wsUrl;
    }
  }

  /** The handshake waits for the person at the browser. */
  #asks(socket: WebSocket): void {
    if (this.#socket === socket && !this.#connected) this.#tellLost(ASKS);
  }

  /** `raw`: the connection below it. */
  #opened(socket: WebSocket, raw: Duplex | null): void {
    this.#connected = true;
    this.#raw = raw;
    this.#delay = this.#limits.firstRetry;
    const pulse = new Pulse(this.#clock, this.#limits);
    socket.on('message', (data: Buffer) => {
      if (pulse.heard()) {
        this.#silentMs = 0;
        this.#events.health(true, 0);
      }
      try {
        this.#events.message(data);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        this.#ended('what answers at the DevTools address does not speak CDP');
        socket.terminate();
      }
    });
    this.#watchdog = setInterval(() => this.#watch(pulse), this.#limits.ping / LOOKS);
    this.#events.opened((text) => {
      if (raw) batch(raw);
      socket.send(text);
    });
    this.#told = '';
    this.#events.state(true, '');
    for (const hear of this.#waiting) hear();
  }

  #watch(pulse: Pulse): void {
    const { ask, silentMs } = pulse.look();
    if (ask) this.#events.probe();
    if (silentMs === null) return;
    this.#silentMs = silentMs;
    this.#events.health(false, silentMs);
  }

  /** One that we launched is killed when it hangs. */
  #whyEnded(): string {
    if (this.#silentMs === 0) return 'it was closed, or it crashed';
    return `it had not answered for ${Math.round(this.#silentMs / 1000)} s`;
  }

  /** The socket closed, or never opened. */
  #ended(reason: string): void {
    const was = this.#connected;
    this.#drop();
    this.#tellLost(reason);
    if (was) this.#scheduleRetry();
  }

  #disconnect(reason: string): void {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    const socket = this.#socket;
    const was = this.#connected;
    if (this.#raw) flushNow(this.#raw);
    this.#drop();
    socket?.terminate();
    if (was || !this.#endpoint) this.#tellLost(reason);
    else this.#setReason(reason);
  }

  /** Every retry fails in the same words: those are told once. */
  #tellLost(reason: string): void {
    this.#setReason(reason);
    this.#events.lost(this.#reason);
    if (this.#told !== this.#reason) this.#events.state(false, this.#reason);
    this.#told = this.#reason;
  }

  /** From here on the socket is nobody's: its late events are not listened to. */
  #drop(): void {
    this.#socket = null;
    this.#raw = null;
    this.#connected = false;
    if (this.#watchdog) clearInterval(this.#watchdog);
    this.#watchdog = null;
    this.#silentMs = 0;
  }

  #scheduleRetry(): void {
    if (this.#retry || !this.#endpoint?.http) return;
    const delay = this.#delay * (0.8 + Math.random() * 0.4);
    this.#delay = Math.min(this.#delay * 2, this.#limits.lastRetry);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      void this.#connect();
    }, delay);
  }

  #setReason(reason: string): void {
    if (reason) this.#reason = reason;
  }
}

/** No Origin and no permessage-deflate: Chrome refuses the one and is hung by the other. */
function openSocket(url: string, handshakeTimeout: number): WebSocket {
  return new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: UPSTREAM_LIMITS.frame,
    handshakeTimeout,
    headers: hostHeader(new URL(url)),
  });
}

/** Chrome answers only to IP addresses and localhost: a browser behind another name is asked by that one. */
export function hostHeader(url: URL): Record<string, string> {
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost')) return {};
  return { host: `localhost${url.port && `:${url.port}`}` };
}
