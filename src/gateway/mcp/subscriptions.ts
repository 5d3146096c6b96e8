import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { Spaced } from './spaced.ts';

/** Resources that one session may hear of, and bytes of their URIs: a later gateway is told of all of them. */
const MAX = { number: 1000, bytes: 32 * 1024 } as const;

/** What is told of a resource no more often than this, milliseconds. */
export const SPACING = 1000;

/** The resources that a session wants to hear of: of each at most once a second. They outlive the gateway. */
export class Subscriptions {
  /** Tells that a resource is another. */
  tell: (uri: string) => unknown = () => {};
  readonly #changed: () => void;
  readonly #spaced = new Map<string, Spaced>();
  #bytes = 0;

  /** `saved`: what there was at an earlier gateway; `changed`: {@link uris} are others. */
  constructor(saved: readonly string[], changed: () => void) {
    this.#changed = changed;
    for (const uri of saved) this.#put(uri);
  }

  get uris(): string[] {
    return [...this.#spaced.keys()];
  }

  /** Throws an {@link McpError} where there are too many. */
  add(uri: string): void {
    if (this.#spaced.has(uri)) return;
    if (this.#spaced.size >= MAX.number || this.#bytes + Buffer.byteLength(uri) > MAX.bytes) {
      const said = `a session may subscribe to ${MAX.number} resources, with ${MAX.bytes} bytes of URIs: unsubscribe from some`;
      throw new McpError(-32600, said);
    }
    this.#put(uri);
    this.#changed();
  }

  delete(uri: string): void {
    const spaced = this.#spaced.get(uri);
    if (!spaced) return;
    spaced.end();
    this.#spaced.delete(uri);
    this.#bytes -= Buffer.byteLength(uri);
    this.#changed();
  }

  /** The resource is another now. */
  touch(uri: string): void {
    this.#spaced.get(uri)?.touch();
  }

  end(): void {
    for (const spaced of this.#spaced.values()) spaced.end();
  }

  #put(uri: string): void {
    this.#spaced.set(uri, new Spaced(SPACING, () => this.tell(uri)));
    this.#bytes += Buffer.byteLength(uri);
  }
}
