import { messageOf } from '../../../shared/errors.ts';
import {
  type Body,
  type ClientInfo,
  type ExchangeRow,
  type FrameRow,
  isToolCall,
} from '../../../shared/events.ts';
import { MASK } from '../../../shared/secrets/secrets.ts';
import type { Copied } from '../clipboard.ts';
import { type Addressee, AGAIN, commandText, prettyBody, prettyJson, TOOL_AGAIN } from '../copy-forms.ts';
import { bodyOf, type Detail } from '../detail.ts';
import { pickedClient, selectedProcess, selectedRow } from '../selection.ts';
import type { Terminal } from '../terminal.ts';
import { grouped } from '../words.ts';
import type { Deck } from './deck.ts';
import { maskedMessages } from './messages.ts';

/** What is copied, and what is to be known of it; '' where it has nothing that could be secret. */
interface Taken {
  readonly text: string;
  readonly note: string;
}

/** One way to write down what is selected. */
interface Form {
  readonly key: string;
  readonly label: string;
  readonly take: () => Taken | Promise<Taken>;
}

/** Messages of a row: the one that it is of, and the command that it belongs to. */
interface Messages {
  readonly body: Body | null;
  readonly command: Body | null;
  readonly note: string;
}

const MASKED = 'secrets masked';
const IN_PART = 'parts are masked: it is whole in the detail (Enter)';
const OPEN = 'as it passed, secrets included';

/** What is selected, out of the screen and into the clipboards. */
export class CopyControl {
  readonly #deck: Deck;
  readonly #terminal: Pick<Terminal, 'copy'>;

  constructor(deck: Deck, terminal: Pick<Terminal, 'copy'>) {
    this.#deck = deck;
    this.#terminal = terminal;
  }

  /** As JSON, the first of the forms. */
  json(): void {
    const [form] = this.#forms();
    if (form) void this.#copy(form);
  }

  /** Asks in which form. */
  as(): void {
    const choices = this.#forms().map((form) => ({
      key: form.key,
      label: form.label,
      run: () => void this.#copy(form),
    }));
    if (choices.length > 0) this.#deck.ask({ text: 'Copy as:', menu: true, choices });
  }

  async #copy(form: Form): Promise<void> {
    try {
      const { text, note } = await form.take();
      const copied = await this.#terminal.copy(text);
      const known = note === MASKED && text.includes(MASK) ? IN_PART : note;
      this.#deck.notify(copied.to.length > 0 ? 'info' : 'error', said(text, copied, known));
    } catch (error) {
      this.#deck.notify('error', `not copied: ${messageOf(error)}`);
    }
  }

  /** Of what is selected now: it is looked up here, as another row may be selected when the answer comes. */
  #forms(): Form[] {
    const { focus, detail } = this.#deck.ui;
    const client = focus === 'clients' ? pickedClient(this.#deck) : null;
    const process = focus === 'processes' ? selectedProcess(this.#deck) : null;
    const row = selectedRow(this.#deck);
    if (client) return clientForms(client);
    if (process) return [plain('j', 'JSON', prettyJson(process))];
    if (row) return focus === 'detail' && detail ? this.#ofDetail(detail) : this.#ofRow(row);
    this.#deck.notify('info', 'nothing is selected that could be copied');
    return [];
  }

  /** The message of the open section, as it is seen there. */
  #ofDetail(detail: Detail): Form[] {
    const { row } = detail.subject;
    const body = bodyOf(detail);
    const command = bodyOf(detail, 'request');
    return this.#rowForms(row, () => ({ body, command, note: body || command ? OPEN : MASKED }));
  }

  #ofRow(row: ExchangeRow | FrameRow): Form[] {
    const dir = 'dir' in row ? row.dir : 'command';
    return this.#rowForms(row, async () => {
      const bodies = await maskedMessages(this.#deck, row);
      return { body: bodies?.[dir] ?? null, command: bodies?.command ?? null, note: MASKED };
    });
  }

  #rowForms(row: ExchangeRow | FrameRow, messages: () => Messages | Promise<Messages>): Form[] {
    const json: Form = {
      key: 'j',
      label: 'JSON',
      take: async () => {
        const { body, note } = await messages();
        return { text: body ? prettyBody(body) : prettyJson(row), note };
      },
    };
    if ('dir' in row && row.dir === 'event') return [json];
    const at = this.#addressee(row);
    const again = (isToolCall(row) ? TOOL_AGAIN : AGAIN).map(
      (form): Form => ({
        ...form,
        take: async () => {
          const { command, note } = await messages();
          if (!command) throw new Error('the command is not kept; j copies its row');
          const text = commandText(form, command, at);
          if (text === null) throw new Error('the command was cut as it was kept; j copies what there is');
          return { text, note };
        },
      }),
    );
    return [json, ...again];
  }

  /** Where the row's command would do the same again. */
  #addressee(row: ExchangeRow | FrameRow): Addressee {
    const { urls, clients } = this.#deck.store.state;
    const client = clients.find(({ id, connected }) => connected && id === row.client);
    return {
      gateway: urls?.gateway ?? '',
      workspace: client?.workspace ?? null,
      // Without the client its tab is nobody's to name.
      target: client ? row.target : '',
    };
  }
}

function plain(key: string, label: string, text: string): Form {
  return { key, label, take: () => ({ text, note: '' }) };
}

function clientForms(client: ClientInfo): Form[] {
  const { id, kind, name, workspace, isolation, peer, pid } = client;
  return [
    plain('j', 'JSON', prettyJson({ id, kind, name, workspace, isolation, peer, pid })),
    plain('i', 'id', id),
    ...(peer === '' ? [] : [plain('a', 'address', peer)]),
    ...(pid === null ? [] : [plain('p', 'pid', String(pid))]),
    plain('w', 'workspace', workspace),
  ];
}

/** `copied 213 characters: OSC 52, wl-copy, copied.txt · secrets masked`. */
function said(text: string, { to, not }: Copied, note: string): string {
  const length = [...text].length;
  const what = `${grouped(length)} character${length === 1 ? '' : 's'}`;
  const where = to.length > 0 ? `copied ${what}: ${to.join(', ')}` : `not copied: ${what}`;
  return [where, ...not, ...(note === '' ? [] : [note])].join(' · ');
}
