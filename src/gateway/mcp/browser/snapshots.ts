import { untilAborted } from './lane.ts';
import type { CDPSession, ElementHandle, Page, SerializedAXNode } from './puppeteer.ts';
import { silent, withStubs } from './silent.ts';
import { ToolError } from './tool-error.ts';

export interface SnapshotOptions {
  /** Also what carries no meaning for who looks at the page. */
  verbose: boolean;
  /** Only what is new since the last one, and what is gone. */
  diff: boolean;
  /** Characters; what is longer is cut at a line. */
  maxChars: number;
}

/** One line of a snapshot: an element, indented by its depth. */
interface Line {
  uid: string;
  /** The uid as well. */
  text: string;
}

const LEFT_OUT = new Set(['role', 'name', 'elementHandle', 'children', 'backendNodeId', 'loaderId']);

/**
 * The accessibility tree of a page and its frames as text, and the elements that it named. A uid names the same
 * element for as long as its document is there: `<number of the snapshot that named it first>_<running number>`. No
 * two pages of a session have a number in common: a uid of one is never taken for an element of another.
 */
export class Snapshots {
  readonly #next: () => number;
  /** Of the latest; 0: there was none. */
  #number = 0;
  /** Of the next element that it names. */
  #serial = 0;
  /** By document and node, those used last at the end. */
  readonly #uids = new Map<string, string>();
  readonly #nodes = new Map<string, SerializedAXNode>();
  #last: { lines: Line[]; verbose: boolean } | null = null;

  /** `next`: a number that no snapshot of the session has had. */
  constructor(next: () => number) {
    this.#next = next;
  }

  /**
   * The text, what there was of it before it was cut, and whether it was. A frame that does not answer is a node that
   * says so. Rejects where the page gives no tree, and with the signal.
   */
  async take(
    page: Page,
    options: SnapshotOptions,
    signal: AbortSignal,
  ): Promise<{ text: string; whole: string; cut: boolean }> {
    const before = this.#last;
    const lines = await this.lines(page, options.verbose, await silent(page, signal), signal);
    this.#last = { lines, verbose: options.verbose };
    const whole = lines.map(({ text }) => text).join('\n');
    // Of another document everything is new.
    const comparable = before?.verbose === options.verbose && before.lines[0]?.uid === lines[0]?.uid;
    const shown = options.diff && before && comparable ? difference(before.lines, lines) : whole;
    return { ...cutAt(shown, options.maxChars), whole: shown };
  }

  /**
   * The same as lines, for who knows the sessions of the frames that do not answer; what is said of changes later is
   * not said against these.
   */
  async lines(
    page: Page,
    verbose: boolean,
    quiet: ReadonlySet<CDPSession>,
    signal: AbortSignal,
  ): Promise<Line[]> {
    const root = await withStubs(page, quiet, () =>
      untilAborted(signal, page.accessibility.snapshot({ interestingOnly: !verbose, includeIframes: true })),
    );
    if (!root) {
      throw new ToolError(
        'The page has no accessibility tree yet.',
        'Call wait_for with a text of the page.',
      );
    }
    this.#begin();
    const lines = [...this.#walk(root, 0, verbose)];
    this.#forget(lines.length);
    return lines;
  }

  /** The element of a uid; rejects where it is not known or not there any more. */
  async element(uid: string): Promise<ElementHandle> {
    const node = this.#nodes.get(uid);
    if (!node) {
      throw this.#number === 0
        ? new ToolError(`There is no element ${uid}: no snapshot was taken of this page.`, TAKE)
        : new ToolError(`There is no element ${uid} on this page.`, TAKE);
    }
    const handle = await node.elementHandle().catch(() => null);
    const there = handle && (await handle.evaluate((element) => element.isConnected).catch(() => false));
    if (handle && there) return handle;
    throw new ToolError(`The element ${uid} (${nameOf(node)}) is not on the page any more.`, TAKE);
  }

  /** Its role and name, for answers; the uid alone where that is all there is. */
  describe(uid: string): string {
    const node = this.#nodes.get(uid);
    return node ? nameOf(node) : uid;
  }

  /** An element that was found in another way than by a snapshot gets a uid, too. */
  adopt(node: SerializedAXNode): string {
    const uid = this.#uidOf(node);
    if (!this.#nodes.has(uid)) this.#nodes.set(uid, node);
    return uid;
  }

  #begin(): void {
    this.#number = this.#next();
    this.#serial = 0;
  }

  *#walk(node: SerializedAXNode, depth: number, verbose: boolean): Generator<Line> {
    const uid = this.#uidOf(node);
    this.#nodes.set(uid, node);
    yield { uid, text: `${'  '.repeat(depth)}uid=${uid} ${wordsOf(node)}` };
    if (!verbose && saysTheSame(node)) return;
    for (const child of node.children ?? []) yield* this.#walk(child, depth + 1, verbose);
  }

  #uidOf(node: SerializedAXNode): string {
    const key = `${node.loaderId}_${node.backendNodeId}`;
    const uid = this.#uids.get(key) ?? this.#named();
    // Used last.
    this.#uids.delete(key);
    this.#uids.set(key, uid);
    return uid;
  }

  #named(): string {
    if (this.#number === 0) this.#begin();
    const uid = `${this.#number}_${this.#serial}`;
    this.#serial += 1;
    return uid;
  }

  /** What no snapshot shows any more may be there still; of that, only so much is kept. */
  #forget(shown: number): void {
    let over = this.#uids.size - shown - KEPT;
    for (const [key, uid] of this.#uids) {
      if (over <= 0) return;
      over -= 1;
      this.#uids.delete(key);
      this.#nodes.delete(uid);
    }
  }
}

/** How many elements that the last snapshot does not show keep their uids. */
const KEPT = 2000;

const TAKE = 'Call take_snapshot and use a uid from it.';

function nameOf({ role, name }: SerializedAXNode): string {
  return name ? `${role} "${name.slice(0, 80)}"` : role;
}

function wordsOf(node: SerializedAXNode): string {
  const words = node.role === 'StaticText' ? [] : [node.role];
  if (node.name) words.push(JSON.stringify(node.name));
  for (const [key, value] of Object.entries(node)) {
    if (LEFT_OUT.has(key) || value === undefined || value === false || value === '') continue;
    if (value === true) words.push(key);
    else words.push(`${key}=${JSON.stringify(value)}`);
  }
  return words.join(' ');
}

/** A link and the text in it would say the same thing twice. */
function saysTheSame({ name, children = [] }: SerializedAXNode): boolean {
  if (!name || children.length === 0) return false;
  const plain = children.every(({ role, children: below }) => role === 'StaticText' && !below?.length);
  const text = children.map((child) => child.name ?? '').join('');
  return plain && text.replace(/\s+/g, '') === name.replace(/\s+/g, '');
}

function difference(before: readonly Line[], after: readonly Line[]): string {
  const old = new Map(before.map(({ uid, text }) => [uid, text.trim()]));
  const now = new Set(after.map(({ uid }) => uid));
  const added = after.flatMap(({ uid, text }) => {
    const was = old.get(uid);
    if (was === undefined) return [`+ ${text}`];
    return was === text.trim() ? [] : [`~ ${text}`];
  });
  const gone = before.flatMap(({ uid, text }) => (now.has(uid) ? [] : [`- ${text.trim()}`]));
  const lines = [...added, ...gone];
  return lines.length === 0 ? 'Nothing has changed since the last snapshot.' : lines.join('\n');
}

function cutAt(text: string, maxChars: number): { text: string; cut: boolean } {
  if (text.length <= maxChars) return { text, cut: false };
  const end = text.lastIndexOf('\n', maxChars);
  return { text: text.slice(0, end > 0 ? end : maxChars), cut: true };
}
