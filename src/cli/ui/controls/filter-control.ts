import { messageOf } from '../../../shared/errors.ts';
import { type Completions, completions } from '../../../shared/filter/completions.ts';
import { matches, parseFilter } from '../../../shared/filter/filter.ts';
import { quoteValue } from '../../../shared/filter/format.ts';
import * as flow from '../flow.ts';
import { edited, inserted, lineOf, replaced } from '../line-edit.ts';
import { liveValues } from '../live-values.ts';
import { isSeparator } from '../rows.ts';
import { selectedClient, selectedRow } from '../selection.ts';
import { MAX_FRAMES } from '../store.ts';
import type { FilterLine } from '../ui-state.ts';
import type { Deck } from './deck.ts';

/** What only chooses what failed. */
const ERRORS = 'status:err';

/** Earlier filters that ↑ brings back. */
const MAX_HISTORY = 50;

/** The filter: typed, completed, applied at the hub, and taken back. */
export class FilterControl {
  readonly #deck: Deck;
  readonly #history: string[] = [];
  /** Which application of a filter is the latest: what an earlier one fetches is of no use. */
  #turn = 0;
  /** The last one that applied: what n and N look for when it does not any more. */
  #last = '';

  constructor(deck: Deck) {
    this.#deck = deck;
  }

  /** Everything that passes is told from now on, with its messages to be asked for. */
  start(): void {
    void this.#fetch('');
  }

  /** Opens the line with what applies now. */
  edit(): void {
    const { filter } = this.#deck.ui;
    this.#put({
      kind: 'filter',
      edit: lineOf(filter),
      error: null,
      picked: 0,
      before: filter,
      recalled: -1,
      typed: filter,
    });
  }

  key(line: FilterLine, key: string): void {
    switch (key) {
      case 'enter':
        this.#done(line);
        return;
      case 'esc':
        this.apply(line.before);
        this.#deck.set({ dialog: null });
        return;
      case 'tab':
        this.#complete(line);
        return;
      case 'shift-tab':
        this.#pick(line, -1);
        return;
      case 'up':
        this.#recall(line, 1);
        return;
      case 'down':
        if (line.recalled >= 0) this.#recall(line, -1);
        else this.#pick(line, 1);
        return;
    }
    const edit = edited(line.edit, key);
    if (edit) this.#typed({ ...line, edit, picked: 0, recalled: -1, typed: edit.text });
  }

  paste(line: FilterLine, text: string): void {
    const edit = inserted(line.edit, text);
    this.#typed({ ...line, edit, picked: 0, recalled: -1, typed: edit.text });
  }

  /** Choices for what is being typed. */
  #offered({ edit }: FilterLine): Completions {
    return completions(edit.text, edit.cursor, liveValues(this.#deck.store.state));
  }

  /** Only what matches is shown from here on; the text must be a filter. */
  apply(text: string): void {
    const { filter } = this.#deck.ui;
    if (text === filter) return;
    if (filter.trim() !== '') this.#last = filter;
    void this.#fetch(text);
  }

  clear(): void {
    this.apply('');
  }

  /** Shows only what failed of what is shown, or all of it again. */
  toggleErrors(): void {
    const terms = this.#deck.ui.filter;
    if (terms === ERRORS) this.apply('');
    else if (terms.endsWith(` ${ERRORS}`)) this.apply(unwrapped(terms.slice(0, -ERRORS.length - 1)));
    else this.apply(terms.trim() === '' ? ERRORS : `${wrapped(terms)} ${ERRORS}`);
  }

  /** Shows only what the selected client does. */
  byClient(): void {
    const client = selectedClient(this.#deck);
    if (!client) {
      this.#deck.notify('info', 'no client is selected');
      return;
    }
    this.apply(`client:${quoteValue(client.id)}`);
    this.#deck.set({ focus: 'traffic' });
  }

  /** Asks by which value of the selected row to choose. */
  byValue(): void {
    const row = selectedRow(this.#deck);
    if (!row) {
      this.#deck.notify('info', 'select a row first');
      return;
    }
    const all: [string, string, string][] = [
      ['c', 'client', row.clientName && `client:${quoteValue(row.clientName)}`],
      ['m', 'method', row.method && `method:${quoteValue(row.method)}`],
      ['d', 'domain', row.method && `domain:${quoteValue(row.method.split('.')[0] ?? '')}`],
      ['t', 'tab', row.tab === null ? '' : `tab:${row.tab}`],
      ['s', 'session', row.sessionId && `session:${quoteValue(row.sessionId.slice(0, 8))}`],
      ['u', 'url', row.url && `url:${quoteValue(row.url)}`],
    ];
    const { filter } = this.#deck.ui;
    this.#deck.ask({
      text: 'Filter by this row’s value:',
      menu: true,
      choices: all
        .filter(([, , term]) => term !== '')
        .map(([key, label, term]) => ({
          key,
          label,
          run: () => this.apply(filter.trim() === '' ? term : `${wrapped(filter)} ${term}`),
        })),
    });
  }

  /** Moves to the next row (1) or the one before (-1) that the last filter, which applies no more, chooses. */
  next(step: 1 | -1): void {
    const { ui, store } = this.#deck;
    const text = ui.filter || this.#last;
    const parsed = parseFilter(text);
    if (text.trim() === '' || !parsed.ok) {
      this.#deck.notify('info', 'nothing to look for: type / first');
      return;
    }
    const pane = ui.focus === 'requests' ? 'requests' : 'traffic';
    const rows =
      pane === 'requests'
        ? flow.rowsOf(ui.requests, store.state.exchanges)
        : flow.rowsOf(ui.traffic, store.state.frames);
    const { scroll } = ui[pane];
    const from = scroll.follow ? rows.length - 1 : rows.indexOf(scroll.cursor);
    for (let at = from + step; at >= 0 && at < rows.length; at += step) {
      const row = rows.at(at);
      if (!row || isSeparator(row.value) || !matches(parsed.filter, row.value)) continue;
      if (pane === 'requests')
        this.#deck.set({ requests: flow.lockedAt(ui.requests, row.key, store.state.exchanges) });
      else this.#deck.set({ traffic: flow.lockedAt(ui.traffic, row.key, store.state.frames) });
      return;
    }
    this.#deck.notify('info', `no ${step > 0 ? 'later' : 'earlier'} row has ${text}`);
  }

  #done(line: FilterLine): void {
    if (line.error) return;
    const text = line.edit.text.trim();
    if (text !== '') {
      const known = this.#history.indexOf(text);
      if (known >= 0) this.#history.splice(known, 1);
      this.#history.unshift(text);
      this.#history.length = Math.min(this.#history.length, MAX_HISTORY);
    }
    this.#deck.set({ dialog: null });
  }

  #typed(line: FilterLine): void {
    const parsed = parseFilter(line.edit.text);
    this.#put({ ...line, error: parsed.ok ? null : parsed.error });
    // The last one that could be read stays.
    if (parsed.ok) this.apply(line.edit.text.trim());
  }

  #complete(line: FilterLine): void {
    const { from, to, choices } = this.#offered(line);
    const choice = choices[line.picked] ?? choices[0];
    if (!choice) return;
    const edit = replaced(line.edit, from, to, choice.insert);
    this.#typed({ ...line, edit, picked: 0, recalled: -1, typed: edit.text });
  }

  #pick(line: FilterLine, step: 1 | -1): void {
    const { length } = this.#offered(line).choices;
    if (length > 0) this.#put({ ...line, picked: (line.picked + step + length) % length });
  }

  #recall(line: FilterLine, step: 1 | -1): void {
    const recalled = Math.max(-1, Math.min(line.recalled + step, this.#history.length - 1));
    if (recalled === line.recalled) return;
    this.#typed({
      ...line,
      recalled,
      edit: lineOf(recalled < 0 ? line.typed : (this.#history[recalled] ?? '')),
    });
  }

  #put(dialog: FilterLine): void {
    this.#deck.set({ dialog });
  }

  /** The hub is asked for these rows alone, those that it still has and those to come. */
  async #fetch(text: string): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const { store, link, ui } = this.#deck;
    const parsed = parseFilter(text);
    const local = parsed.ok && !parsed.filter.readsText ? parsed.filter : null;
    if (text !== ui.filter) {
      store.refill(local && ((row) => matches(local, row)));
      this.#deck.set({
        filter: text,
        traffic: flow.flowing(ui.traffic),
        requests: flow.flowing(ui.requests),
      });
      store.changed();
    }
    try {
      await link.watch({ filter: text, bodies: true });
      const batch = await link.backfill(MAX_FRAMES, text);
      if (turn !== this.#turn) return;
      store.backfill(batch);
      if (this.#deck.ui.paused)
        this.#deck.set({
          traffic: flow.paused(flow.flowing(this.#deck.ui.traffic), store.state.frames),
          requests: flow.paused(flow.flowing(this.#deck.ui.requests), store.state.exchanges),
        });
    } catch (error) {
      this.#deck.notify('warn', `earlier traffic could not be fetched: ${messageOf(error)}`);
    }
  }
}

/** Of several alternatives, one term that others can stand beside. */
function wrapped(text: string): string {
  return text.includes('|') ? `(${text})` : text;
}

function unwrapped(text: string): string {
  return text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1) : text;
}
