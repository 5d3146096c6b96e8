/** A line of text being typed. `cursor` counts UTF-16 units and never stands within a character. */
export interface LineEdit {
  readonly text: string;
  readonly cursor: number;
}

export const EMPTY_LINE: LineEdit = { text: '', cursor: 0 };

/** The line with its cursor at the end. */
export function lineOf(text: string): LineEdit {
  return { text, cursor: text.length };
}

/** At the cursor; what is pasted loses its line ends. */
export function inserted({ text, cursor }: LineEdit, piece: string): LineEdit {
  const plain = piece.replace(/[\r\n\t]+/g, ' ');
  return { text: text.slice(0, cursor) + plain + text.slice(cursor), cursor: cursor + plain.length };
}

/** `from` to `to` (columns of the text, `to` not included) replaced, the cursor behind it. */
export function replaced({ text }: LineEdit, from: number, to: number, piece: string): LineEdit {
  return { text: text.slice(0, from) + piece + text.slice(to), cursor: from + piece.length };
}

/** The line after an editing key, as shells know them; null where the key edits nothing. */
export function edited(line: LineEdit, key: string): LineEdit | null {
  const { text, cursor } = line;
  switch (key) {
    case 'backspace':
    case 'ctrl-h':
      return replaced(line, before(line), cursor, '');
    case 'delete':
      return { text: text.slice(0, cursor) + text.slice(after(line)), cursor };
    case 'left':
    case 'ctrl-b':
      return { text, cursor: before(line) };
    case 'right':
    case 'ctrl-f':
      return { text, cursor: after(line) };
    case 'home':
    case 'ctrl-a':
      return { text, cursor: 0 };
    case 'end':
    case 'ctrl-e':
      return lineOf(text);
    case 'ctrl-w':
      return replaced(line, text.slice(0, cursor).search(/\S+\s*$|\s+$|$/), cursor, '');
    case 'ctrl-u':
      return replaced(line, 0, cursor, '');
    case 'ctrl-k':
      return { text: text.slice(0, cursor), cursor };
    case 'space':
      return inserted(line, ' ');
    default:
      return [...key].length === 1 ? inserted(line, key) : null;
  }
}

function before({ text, cursor }: LineEdit): number {
  return cursor - ([...text.slice(0, cursor)].at(-1)?.length ?? 0);
}

function after({ text, cursor }: LineEdit): number {
  return cursor + ([...text.slice(cursor)][0]?.length ?? 0);
}
