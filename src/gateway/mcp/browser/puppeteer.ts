/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The types of what runs in pages. Nothing else here may use them: there is no document in a gateway.
import type {
  Browser,
  NetworkConditions,
  PredefinedNetworkConditions,
} from 'puppeteer-core/lib/puppeteer/puppeteer-core-browser.js';
import type { Pipe } from '../../contract/seat.ts';

export type {
  Browser,
  CDPSession,
  ElementHandle,
  Frame,
  KeyInput,
  Page,
  Protocol,
  SerializedAXNode,
  Target,
  Viewport,
} from 'puppeteer-core/lib/puppeteer/puppeteer-core-browser.js';

const load = () => import('puppeteer-core/lib/puppeteer/puppeteer-core-browser.js');

/** Loads Puppeteer ahead of its first use. */
export async function preload(): Promise<void> {
  await load();
}

/** Puppeteer over a pipe, which is opened when there is somebody to hear what comes through it. */
export async function connectOver(open: () => Pipe): Promise<Browser> {
  const { connect } = await load();
  return connect({
    transport: open() as Pipe & { onmessage: (message: string) => void; onclose: () => void },
    defaultViewport: null,
    // Each call has a limit of its own.
    protocolTimeout: 0,
  });
}

/** A network by its name, in bytes a second and milliseconds. */
export async function conditionsOf(
  name: 'Offline' | keyof typeof PredefinedNetworkConditions,
): Promise<NetworkConditions> {
  if (name === 'Offline') return { offline: true, download: 0, upload: 0, latency: 0 };
  const { PredefinedNetworkConditions } = await load();
  return { offline: false, ...PredefinedNetworkConditions[name] };
}
