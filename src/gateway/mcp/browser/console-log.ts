import { type Entry, kept, Ledger } from './ledger.ts';
import type { CDPSession, Protocol } from './puppeteer.ts';
import { shownArguments, shownStack, shownValue } from './remote-values.ts';

const LIMITS = {
  entries: 1000,
  bytes: 1024 * 1024,
  /** Characters of one message, and of one of its arguments. */
  text: 10_000,
  argument: 2000,
  /** Frames of a stack. */
  stack: 20,
} as const;

/** One message of a page's console, an uncaught exception, or an entry of the browser's log about the page. */
export interface ConsoleEntry extends Entry {
  /** As `console.<type>`; `error` for exceptions, `verbose`, `info`, `warn` and `error` for entries of the log. */
  type: string;
  source: 'console' | 'exception' | 'log';
  text: string;
  /** Where it comes from, `url:line:column`; empty where nobody knows. */
  at: string;
  stack: string[];
  arguments: Argument[];
  /** How often it came in a row. */
  count: number;
  /** The session that its objects are known on. */
  session: CDPSession;
}

export interface Argument {
  text: string;
  /** Absent: the text says all of it. */
  objectId?: string;
}

/** What the console of a page has said, in all its frames and workers. */
export class ConsoleLog {
  readonly #ledger = new Ledger<ConsoleEntry>(LIMITS, (entries) => {
    for (const entry of entries) release(entry);
  });

  /** The id of the next message. */
  get next(): number {
    return this.#ledger.next;
  }

  get forgotten(): number {
    return this.#ledger.forgotten;
  }

  readonly listen = (session: CDPSession): void => {
    session.on('Runtime.consoleAPICalled', (event) => this.#called(session, event));
    session.on('Runtime.exceptionThrown', ({ exceptionDetails }) => this.#thrown(session, exceptionDetails));
    session.on('Log.entryAdded', ({ entry }) => this.#logged(session, entry));
  };

  list(all: boolean): ConsoleEntry[] {
    return this.#ledger.list(all);
  }

  get(id: number): ConsoleEntry | undefined {
    return this.#ledger.get(id);
  }

  navigated(): void {
    // The objects of the page before went with it.
    this.#ledger.navigated();
  }

  #called(session: CDPSession, event: Protocol.Runtime.ConsoleAPICalledEvent): void {
    const { type, args, stackTrace } = event;
    const stack = shownStack(stackTrace, LIMITS.stack);
    this.#add(session, {
      type: type === 'warning' ? 'warn' : type,
      source: 'console',
      text: shownArguments(args),
      at: placeOf(stackTrace?.callFrames[0]),
      stack: type === 'trace' || type === 'error' || type === 'warning' || type === 'assert' ? stack : [],
      arguments: args.map((value) => ({
        text: kept(shownValue(value), LIMITS.argument),
        ...(value.objectId !== undefined && { objectId: value.objectId }),
      })),
    });
  }

  #thrown(session: CDPSession, details: Protocol.Runtime.ExceptionDetails): void {
    const { text, exception, stackTrace, url = '', lineNumber, columnNumber } = details;
    const what = exception ? (exception.description ?? shownValue(exception)) : '';
    this.#add(session, {
      type: 'error',
      source: 'exception',
      text: [text, what.split('\n    at ', 1)[0]].filter(Boolean).join(' '),
      at: placeOf(stackTrace?.callFrames[0] ?? { url, lineNumber, columnNumber }),
      stack: shownStack(stackTrace, LIMITS.stack),
      arguments: exception?.objectId === undefined ? [] : [{ text: '', objectId: exception.objectId }],
    });
  }

  #logged(session: CDPSession, entry: Protocol.Log.LogEntry): void {
    const { source, level, text, url = '', lineNumber, stackTrace } = entry;
    // What workers say comes on sessions of their own as well.
    if (source === 'worker') return;
    this.#add(session, {
      type: level === 'warning' ? 'warn' : level,
      source: 'log',
      text,
      at: lineNumber === undefined ? url : `${url}:${lineNumber + 1}`,
      stack: shownStack(stackTrace, LIMITS.stack),
      arguments: [],
    });
  }

  #add(
    session: CDPSession,
    said: Pick<ConsoleEntry, 'type' | 'source' | 'text' | 'at' | 'stack' | 'arguments'>,
  ): void {
    const { last } = this.#ledger;
    const entry: ConsoleEntry = {
      ...said,
      text: kept(said.text, LIMITS.text),
      at: kept(said.at, LIMITS.argument),
      id: this.#ledger.next,
      bytes: 0,
      count: 1,
      session,
    };
    if (last && repeats(last, entry)) {
      last.count += 1;
      release(entry);
      return;
    }
    entry.bytes = 300 + 2 * lengthOf(entry);
    this.#ledger.add(entry);
  }
}

function repeats(last: ConsoleEntry, now: ConsoleEntry): boolean {
  return (
    last.text === now.text &&
    last.type === now.type &&
    last.at === now.at &&
    last.source === now.source &&
    last.session === now.session
  );
}

function lengthOf({ text, at, stack, arguments: given }: ConsoleEntry): number {
  let length = text.length + at.length;
  for (const line of stack) length += line.length;
  for (const argument of given) length += argument.text.length;
  return length;
}

/** A page keeps what its console was given until it is told that nobody will look at it. */
function release({ session, arguments: given }: ConsoleEntry): void {
  for (const { objectId } of given) {
    if (objectId !== undefined) session.send('Runtime.releaseObject', { objectId }).catch(() => {});
  }
}

function placeOf(frame: { url: string; lineNumber: number; columnNumber: number } | undefined): string {
  if (!frame || frame.url === '') return '';
  return `${frame.url}:${frame.lineNumber + 1}:${frame.columnNumber + 1}`;
}
