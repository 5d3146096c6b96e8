import { setTimeout as later } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { type Artifact, type Artifacts, KEPT } from './artifacts.ts';
import { untilAborted } from './lane.ts';
import type { CDPSession } from './puppeteer.ts';
import { ToolError } from './tool-error.ts';

/** How many downloads of a session are remembered. */
const MAX_KNOWN = 1000;

/** Chrome takes ten downloads of a page in a second (blink, `local_frame.cc`, `kBurstDownloadLimit`). */
const BURST = { count: 9, ms: 1100 } as const;

/** How long one that was given up may yet begin, milliseconds. */
const LATE = 10_000;

/** One file that a page of the session has the browser fetch. */
export interface Download {
  readonly number: number;
  /** As the site suggests it. */
  name: string;
  readonly guid: string;
  readonly url: string;
  readonly frameId: string;
  /** `elsewhere`: it is where the browser put it, on a machine whose files the hub does not see. */
  state: 'running' | 'kept' | 'elsewhere' | 'failed';
  /** Where it is `kept`. */
  artifact: Artifact | null;
  /** Bytes so far, and of the whole; 0: nobody knows. */
  received: number;
  total: number;
  /** The path where it is `elsewhere`; why not where it `failed`. */
  detail: string;
  /** The model knows how it ended. */
  told: boolean;
}

/** Events of the domain `Browser` (CDP). */
interface WillBegin {
  guid: string;
  frameId: string;
  url: string;
  suggestedFilename: string;
}

interface Progress {
  guid: string;
  totalBytes: number;
  receivedBytes: number;
  state: 'inProgress' | 'completed' | 'canceled';
  filePath?: string;
}

/** The downloads of a session's pages, which become artifacts of the session. */
export class Downloads {
  readonly #artifacts: Artifacts;
  /** False for a download of somebody else's page. */
  readonly #mine: (frameId: string) => boolean;
  readonly #known = new Map<string, Download>();
  #wake: (() => void)[] = [];
  #last = 0;
  /** When the latest were asked for. */
  #asked: number[] = [];
  #root: CDPSession | null = null;
  readonly #takers = new Set<(download: Download) => void>();

  constructor(artifacts: Artifacts, mine: (frameId: string) => boolean) {
    this.#artifacts = artifacts;
    this.#mine = mine;
  }

  /** The number of the latest. */
  get last(): number {
    return this.#last;
  }

  /** Those that began after the one of that number. */
  since(number: number): Download[] {
    return [...this.#known.values()].filter((download) => download.number > number);
  }

  /** Tells the browser, on a session with the browser itself, where files go; from here on it is heard of them. */
  async arm(root: CDPSession): Promise<void> {
    this.#root = root;
    const folder = await this.#artifacts.incoming();
    root.on('Browser.downloadWillBegin', (event: WillBegin) => this.#began(event));
    root.on('Browser.downloadProgress', (event: Progress) => void this.#went(event));
    await root.send('Browser.setDownloadBehavior', {
      behavior: 'allowAndName',
      downloadPath: folder,
      eventsEnabled: true,
    });
  }

  /** The browser went. */
  lost(): void {
    for (const [guid, download] of this.#known) {
      if (download.state === 'running') this.#end(guid, download, 'failed', 'the browser went');
    }
  }

  /** Resolves once `done` holds, which is asked whenever one began or ended; rejects with the signal. */
  async until(signal: AbortSignal, done: () => boolean): Promise<void> {
    while (!done()) {
      await untilAborted(signal, new Promise<void>((resolve) => this.#wake.push(resolve)));
    }
  }

  /**
   * The next one that begins in that frame, of that address or, as it may have moved, of one that is not another's;
   * kept under that name where one is given; null where none has begun when the signal is aborted: should it begin
   * after all, it is canceled. Whoever asks for it tells of it.
   */
  async next(
    frameId: string,
    { url, name, isOther }: { url: string; name: string; isOther(url: string): boolean },
    signal: AbortSignal,
  ) {
    return new Promise<Download | null>((resolve) => {
      const take = (download: Download) => {
        if (download.frameId !== frameId) return;
        if (download.url !== url && (signal.aborted || isOther(download.url))) return;
        this.#takers.delete(take);
        download.name = name || download.name;
        download.told = true;
        if (signal.aborted) this.cancel(download);
        else resolve(download);
      };
      this.#takers.add(take);
      signal.addEventListener('abort', () => {
        resolve(null);
        later(() => this.#takers.delete(take), LATE).unref();
      });
    });
  }

  /** Resolves when the browser takes one more from a page: what comes too fast it drops without a word. */
  async turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      const [first = 0] = this.#asked;
      const now = performance.now();
      if (this.#asked.length < BURST.count || now - first >= BURST.ms) break;
      await setTimeout(BURST.ms - (now - first), undefined, { signal });
    }
    this.#asked = [...this.#asked, performance.now()].slice(-BURST.count);
  }

  cancel({ guid }: Download): void {
    this.#root?.send('Browser.cancelDownload', { guid }).catch(() => {});
  }

  /** Those that have ended since the model heard of them, each told once. */
  takeEnded(): Download[] {
    const ended = [...this.#known.values()].filter(({ state, told }) => state !== 'running' && !told);
    for (const download of ended) download.told = true;
    return ended;
  }

  #began({ guid, frameId, url, suggestedFilename }: WillBegin): void {
    if (this.#known.has(guid) || !this.#mine(frameId)) return;
    this.#last += 1;
    const download: Download = {
      number: this.#last,
      guid,
      url,
      name: suggestedFilename,
      frameId,
      state: 'running',
      artifact: null,
      detail: '',
      received: 0,
      total: 0,
      told: false,
    };
    this.#known.set(guid, download);
    for (const take of [...this.#takers]) if (!download.told) take(download);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#tell();
  }

  async #went(event: Progress): Promise<void> {
    const { guid, state, filePath, totalBytes, receivedBytes } = event;
    const download = this.#known.get(guid);
    if (download?.state !== 'running') return;
    if (state === 'canceled') {
      this.#end(guid, download, 'failed', 'it was canceled, by the site, the network or the browser');
    } else if (state === 'completed') {
      await this.#completed(guid, download, filePath ?? '');
    } else if (Math.max(totalBytes, receivedBytes) > KEPT.bytes) {
      this.#end(
        guid,
        download,
        'failed',
        `it is larger than the ${KEPT.bytes} bytes that a session may keep`,
      );
      this.cancel(download);
    } else {
      download.received = receivedBytes;
      download.total = totalBytes;
      this.#tell();
    }
  }

  async #completed(guid: string, download: Download, path: string): Promise<void> {
    try {
      download.artifact = await this.#artifacts.adopt(path, download.name);
      this.#end(guid, download, download.artifact ? 'kept' : 'elsewhere', path);
    } catch (error) {
      const why = error instanceof ToolError ? error.message : String(error);
      this.#end(guid, download, 'failed', why);
    }
  }

  #end(guid: string, download: Download, state: Download['state'], detail: string): void {
    if (this.#known.get(guid) !== download) return;
    download.state = state;
    download.detail = detail;
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
