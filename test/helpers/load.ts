import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { evaluate } from './execute.ts';

/** Where a hub is to be had. */
export interface Addresses {
  gateway: string;
  cdp: string;
}

/** How long a client that was turned away waits before it tries again, milliseconds. */
const AGAIN = 50;

/** Watches a promise until it settles. */
type Keep = <T>(what: string, promise: Promise<T>) => Promise<T>;

/** One life of a client: works until something fails, and throws that. `did` is called after each round of work. */
type Life = (at: Addresses, keep: Keep, did: () => void) => Promise<never>;

const SOON = 'new Promise((resolve) => setTimeout(resolve, 20, 42))';

const LIVES: Record<string, Life> = {
  puppeteer: async ({ cdp }, keep, did) => {
    const browser = await keep('connect', puppeteer.connect({ browserWSEndpoint: cdp }));
    try {
      const page = await keep('newPage', browser.newPage());
      for (;;) {
        await keep('goto', page.goto('data:text/html,<title>x</title>'));
        await Promise.all([1, 2, 3, 4].map(() => keep('evaluate', page.evaluate(SOON))));
        did();
      }
    } finally {
      await keep('disconnect', browser.disconnect());
    }
  },
  playwright: async ({ cdp }, keep, did) => {
    const browser = await keep('connect', chromium.connectOverCDP(cdp));
    try {
      const context = browser.contexts()[0] ?? (await keep('newContext', browser.newContext()));
      const page = await keep('newPage', context.newPage());
      for (;;) {
        await keep('goto', page.goto('data:text/html,<title>x</title>'));
        await Promise.all([1, 2, 3, 4].map(() => keep('evaluate', page.evaluate(SOON))));
        did();
      }
    } finally {
      await keep('close', browser.close());
    }
  },
  'raw client, context': async ({ cdp }, keep, did) => {
    await using client = await keep('connect', RawClient.connect(`${cdp}?isolation=context`));
    const call = (method: string, params: object, session?: string) =>
      keep(method, unlessClosed(client, client.call(method, params, session)));
    const { result } = await call('Target.createTarget', { url: 'about:blank' });
    const attached = await call('Target.attachToTarget', { targetId: result?.targetId, flatten: true });
    const session = attached.result?.sessionId;
    for (;;) {
      const work = { expression: SOON, awaitPromise: true };
      const answers = await Promise.all(
        [1, 2, 3, 4, 5, 6, 7, 8].map(() => call('Runtime.evaluate', work, session)),
      );
      const failed = answers.find(({ error }) => error !== undefined);
      if (failed) throw new Error(failed.error?.message);
      did();
    }
  },
  '/execute': async ({ gateway }, keep, did) => {
    for (;;) {
      const answers = await Promise.all(
        [1, 2, 3, 4].map(() => keep('execute', ask(`${gateway}/execute`, evaluate(SOON)))),
      );
      if (answers.some((answer) => !answer.includes('"value":42'))) throw new Error(answers.join());
      did();
    }
  },
  discovery: async ({ gateway }, keep, did) => {
    for (;;) {
      await keep('version', ask(`${gateway}/json/version`));
      await keep('list', ask(`${gateway}/w/looker/json/list`));
      did();
    }
  },
};

/** Clients of every kind that work on a hub, come back when they are thrown out, and keep no promise unwatched. */
export class Load {
  /** Rounds of work that each client has done. */
  readonly done = new Map<string, number>();
  readonly #open = new Map<object, { what: string; since: number }>();
  readonly #lives: Promise<void>[];
  #stopped = false;

  constructor(at: Addresses) {
    this.#lives = Object.entries(LIVES).map(([name, life]) => this.#live(name, life, at));
  }

  async #keep<T>(what: string, promise: Promise<T>): Promise<T> {
    const key = {};
    this.#open.set(key, { what, since: performance.now() });
    const value = await promise.finally(() => this.#open.delete(key));
    if (this.#stopped) throw new Error('the load is over');
    return value;
  }

  /** What was begun before that moment, on the clock of `performance`, and has not settled. */
  since(moment: number): string[] {
    return [...this.#open.values()]
      .filter(({ since }) => since < moment)
      .map(({ what, since }) => `${what} for ${Math.round(performance.now() - since)} ms`);
  }

  /** Ends every client; resolves when all have gone. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lives);
  }

  async #live(name: string, life: Life, at: Addresses): Promise<void> {
    this.done.set(name, 0);
    while (!this.#stopped) {
      try {
        const keep: Keep = (what, promise) => this.#keep(`${name}: ${what}`, promise);
        await life(at, keep, () => this.done.set(name, (this.done.get(name) ?? 0) + 1));
      } catch {
        // Thrown out, or turned away: what matters is that it was told.
        await pause(AGAIN);
      }
    }
  }
}

/** Rejects when the client's socket closes first: what it asks then is not even sent. */
async function unlessClosed<T>(client: RawClient, promise: Promise<T>): Promise<T> {
  const closed = client.closed.then(({ reason }) => Promise.reject(new Error(reason)));
  return Promise.race([promise, closed]);
}

/** The body of a 200; no connection is kept. */
async function ask(url: string, body?: object): Promise<string> {
  const response = await fetch(url, {
    headers: { connection: 'close', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return text;
}
