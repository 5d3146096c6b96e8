import { PassThrough, Writable } from 'node:stream';
import xterm from '@xterm/headless';

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this reads
const SGR = /\u001b\[([\d;]*)m/g;

/**
 * A terminal in memory: what is asserted is what a real one would show, read cell by cell from xterm's own
 * screen, and the raw bytes beside it.
 */
export class FakeTerminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Everything that was written, in order. */
  raw = '';
  readonly #xterm: xterm.Terminal;
  readonly #input = new PassThrough();
  readonly #output: Writable;
  #rawMode = false;

  constructor(columns: number, rows: number) {
    this.#xterm = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    // xterm's default table (Unicode 6) draws emoji in one column; terminals of this decade use two.
    this.#xterm.unicode.register(new ModernWidths());
    this.#xterm.unicode.activeVersion = 'modern';
    this.#output = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        const text = typeof chunk === 'string' ? chunk : chunk.toString('utf8');
        this.raw += text;
        // A terminal in cooked output mode: the line discipline adds the carriage return.
        this.#xterm.write(text.replaceAll('\n', '\r\n'), () => done());
      },
    });
    Object.assign(this.#output, { isTTY: true, columns, rows });
    Object.assign(this.#input, {
      isTTY: true,
      setRawMode: (on: boolean) => {
        this.#rawMode = on;
      },
      ref() {},
      unref() {},
    });
    // The members that Ink and the screen use of a TTY's streams are all there.
    this.stdout = this.#output as NodeJS.WriteStream;
    this.stdin = this.#input as unknown as NodeJS.ReadStream;
  }

  get rawMode(): boolean {
    return this.#rawMode;
  }

  /** Which buffer is shown: the alternate one while the screen is up. */
  get buffer(): 'normal' | 'alternate' {
    return this.#xterm.buffer.active.type;
  }

  type(keys: string): void {
    this.#input.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#xterm.resize(columns, rows);
    Object.assign(this.#output, { columns, rows });
    this.#output.emit('resize');
  }

  /** The rows as read from the screen, without the blanks at their ends. */
  rows(): string[] {
    const { active } = this.#xterm.buffer;
    return Array.from({ length: this.#xterm.rows }, (_, y) =>
      (active.getLine(active.baseY + y)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  text(): string {
    return this.rows().join('\n');
  }

  /** Columns (cells, not characters) at which a glyph stands, in all rows. */
  columnsOf(glyph: string): number[] {
    const { active } = this.#xterm.buffer;
    const found: number[] = [];
    for (let y = 0; y < this.#xterm.rows; y++) {
      const line = active.getLine(active.baseY + y);
      for (let x = 0; x < this.#xterm.cols; x++) if (line?.getCell(x)?.getChars() === glyph) found.push(x);
    }
    return found;
  }

  /** Style of the cell at the first place where `text` stands. */
  styleOf(text: string): { inverse: boolean; bold: boolean; colored: boolean } {
    const y = this.rows().findIndex((row) => row.includes(text));
    const x = this.rows()[y]?.indexOf(text) ?? -1;
    const cell = this.#xterm.buffer.active.getLine(this.#xterm.buffer.active.baseY + y)?.getCell(x);
    if (!cell) throw new Error(`not on the screen: ${text}\n${this.text()}`);
    return { inverse: cell.isInverse() !== 0, bold: cell.isBold() !== 0, colored: !cell.isFgDefault() };
  }

  /** SGR parameters of every colour that was ever set; 39 and 49, which end one, are none. */
  colors(): number[] {
    return [...this.raw.matchAll(SGR)]
      .flatMap(([, parameters = '']) => parameters.split(';').map(Number))
      .filter((code) => (code >= 30 && code <= 38) || (code >= 40 && code <= 48) || code >= 90);
  }

  /** Waits until the screen fits; throws with what it shows after 10 s. */
  async until(what: RegExp | string | (() => boolean)): Promise<void> {
    const fits = () =>
      typeof what === 'function'
        ? what()
        : typeof what === 'string'
          ? this.text().includes(what)
          : what.test(this.text());
    const deadline = performance.now() + 10_000;
    while (!fits()) {
      if (performance.now() > deadline) throw new Error(`never seen: ${what}\n${this.text()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  dispose(): void {
    this.#xterm.dispose();
  }
}

/** Unicode 9 and later: emoji with emoji presentation, CJK and full-width forms take two columns. */
class ModernWidths implements xterm.IUnicodeVersionProvider {
  readonly version = 'modern';

  wcwidth(code: number): 0 | 1 | 2 {
    const character = String.fromCodePoint(code);
    if (/\p{Mn}|\p{Cf}|\p{Cc}/u.test(character)) return 0;
    return /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(
      character,
    )
      ? 2
      : 1;
  }

  /** xterm's packing: width in bits 1–2, bit 0 set where the character joins the one before it. */
  charProperties(code: number, preceding: number): number {
    const width = this.wcwidth(code);
    const before = (preceding >> 1) & 3;
    return width === 0 && before > 0 ? (before << 1) | 1 : width << 1;
  }
}
