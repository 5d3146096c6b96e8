import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { captureHead, captureLine, captureRow } from '../../../shared/capture.ts';
import { messageOf } from '../../../shared/errors.ts';
import type { ExchangeRow, FrameRow } from '../../../shared/events.ts';
import { settle } from '../../../shared/settle-file.ts';
import { rowsOf } from '../flow.ts';
import { isSeparator, type Rows, type Separator } from '../rows.ts';
import { grouped } from '../words.ts';
import type { Deck } from './deck.ts';
import { maskedMessages } from './messages.ts';

/** Messages that are asked for at once. */
const TOGETHER = 32;

type AnyRow = ExchangeRow | FrameRow;

/** What requests and traffic show, as a file that can be looked at again or sent on. */
export class ExportControl {
  readonly #deck: Deck;
  #running = false;

  constructor(deck: Deck) {
    this.#deck = deck;
  }

  async run(): Promise<void> {
    if (this.#running) {
      this.#deck.notify('info', 'an export is under way');
      return;
    }
    const rows = this.#shown();
    if (rows.length === 0) {
      this.#deck.notify('info', 'no rows are shown that could be exported');
      return;
    }
    this.#running = true;
    this.#deck.store.notify('info', `exporting ${grouped(rows.length)} rows…`, Number.POSITIVE_INFINITY);
    try {
      const path = await this.#write(rows);
      const count = `${grouped(rows.length)} row${rows.length === 1 ? '' : 's'}`;
      this.#deck.notify('info', `exported ${count} to ${path} · secrets masked`);
    } catch (error) {
      this.#deck.notify('error', `not exported: ${messageOf(error)}`);
    } finally {
      this.#running = false;
    }
  }

  /** The rows of both panes in the order in which they came. */
  #shown(): AnyRow[] {
    const { ui, store } = this.#deck;
    const rows: AnyRow[] = [
      ...valuesOf(rowsOf(ui.requests, store.state.exchanges)),
      ...valuesOf(rowsOf(ui.traffic, store.state.frames)),
    ];
    return rows.toSorted((a, b) => a.at - b.at);
  }

  /** Appears in the folder whole or not at all; resolves with its path. */
  async #write(rows: readonly AnyRow[]): Promise<string> {
    const { state } = this.#deck.store;
    const folder = join(state.home, 'exports');
    const at = this.#deck.store.wall();
    const name = `${new Date(at).toISOString().slice(0, 19).replaceAll(':', '-')}.ndjson`;
    const passage = join(folder, `.${name}.${process.pid}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { version, urls, processes, clients } = state;
    const head = captureHead({ version, at, filter: this.#deck.ui.filter, urls, processes, clients });
    const exchanges = new Set(rows.flatMap((row) => ('dir' in row ? [] : [row.seq])));
    try {
      await using file = await open(passage, 'wx', 0o600);
      await file.appendFile(`${captureLine(head)}\n`);
      for (let from = 0; from < rows.length; from += TOGETHER) {
        const some = rows.slice(from, from + TOGETHER);
        const lines = await Promise.all(some.map((row) => this.#line(row, exchanges)));
        await file.appendFile(lines.join(''));
      }
    } catch (error) {
      await rm(passage, { force: true });
      throw error;
    }
    return settle(passage, folder, name);
  }

  /** The messages of a command and its answer stand with their exchange, where that is among the rows. */
  async #line(row: AnyRow, exchanges: ReadonlySet<number>): Promise<string> {
    const elsewhere = 'dir' in row && row.exchange !== null && exchanges.has(row.exchange);
    const bodies = elsewhere ? null : await maskedMessages(this.#deck, row);
    const own = 'dir' in row && bodies ? { ...NONE, [row.dir]: bodies[row.dir] } : bodies;
    return `${captureLine(captureRow(row, own))}\n`;
  }
}

const NONE = { command: null, answer: null, event: null };

function valuesOf<T extends object>(rows: Rows<T | Separator>): T[] {
  const values: T[] = [];
  for (let at = 0; at < rows.length; at += 1) {
    const value = rows.at(at)?.value;
    if (value && !isSeparator(value)) values.push(value);
  }
  return values;
}
