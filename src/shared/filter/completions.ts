import { FIELD_NAMES, FIELDS, type FieldName, isChoiceField, isFieldName, isNumberField } from './fields.ts';
import { quoteValue } from './format.ts';

/** What the fields may be just now, as the caller knows it; the best first. */
export type LiveValues = Partial<Record<FieldName, readonly string[]>>;

export interface Completions {
  /** What a choice takes the place of: columns of the text, `to` not included. */
  readonly from: number;
  readonly to: number;
  readonly choices: readonly { readonly insert: string; readonly about: string }[];
}

const MAX_CHOICES = 20;

/**
 * What may stand at the cursor: names of fields, after a colon the values of the field, and for the beginning of
 * a word the live methods. What begins with the text typed so far comes before what merely holds it.
 */
export function completions(text: string, cursor: number, live: LiveValues): Completions {
  const start = startOfTerm(text, cursor);
  const typed = text.slice(start, cursor);
  const [, name, values] = /^([A-Za-z]+):(.*)$/s.exec(typed) ?? [];
  const field = name?.toLowerCase();
  if (field === undefined || values === undefined) {
    return { from: start, to: cursor, choices: ofTerm(typed, live) };
  }
  const from = start + typed.length - lastValue(values).length;
  if (!isFieldName(field)) return { from, to: cursor, choices: [] };
  return { from, to: cursor, choices: ofField(field, values, live) };
}

/** Index of the term that the cursor is in, after its `-` or `(`; quotes and slashes hold blanks together. */
function startOfTerm(text: string, cursor: number): number {
  let start = 0;
  let inside = '';
  for (let at = 0; at < cursor; at++) {
    const char = text[at] ?? '';
    if (inside !== '') {
      if (char === '\\') at += 1;
      else if (char === inside) inside = '';
    } else if (char === '"' || (char === '/' && /^-*([A-Za-z]+:)?$/.test(text.slice(start, at))))
      inside = char;
    else if (/[\s|()]/.test(char)) start = at + 1;
  }
  while (start < cursor && text[start] === '-') start += 1;
  return start;
}

function ofTerm(typed: string, live: LiveValues): Completions['choices'] {
  const fields = FIELD_NAMES.filter((name) => name.startsWith(typed.toLowerCase())).map((name) => ({
    insert: isNumberField(name) ? `${name}>` : `${name}:`,
    about: FIELDS[name].about,
  }));
  // A word that is a method may stand by itself; nothing typed yet would list them all.
  const methods = typed === '' ? [] : (live.method ?? []).filter((method) => begins(method, typed));
  return [...fields, ...methods.map((method) => ({ insert: quoteValue(method), about: 'method' }))].slice(
    0,
    MAX_CHOICES,
  );
}

function ofField(field: FieldName, values: string, live: LiveValues): Completions['choices'] {
  if (isNumberField(field)) return [];
  const all = isChoiceField(field) ? FIELDS[field].values : (live[field] ?? []);
  const last = lastValue(values);
  const others = values.slice(0, values.length - last.length).split(',');
  const free = all.filter((value) => !others.includes(quoteValue(value)));
  return ranked(free, last.replace(/^"/, ''))
    .slice(0, MAX_CHOICES)
    .map((value) => ({ insert: quoteValue(value), about: field }));
}

/** What stands after the last comma that is not in quotes. */
function lastValue(values: string): string {
  let from = 0;
  let quoted = false;
  for (let at = 0; at < values.length; at++) {
    if (quoted && values[at] === '\\') at += 1;
    else if (values[at] === '"') quoted = !quoted;
    else if (values[at] === ',' && !quoted) from = at + 1;
  }
  return values.slice(from);
}

/** A method is known by either of its parts. */
function begins(method: string, typed: string): boolean {
  const [wanted, folded] = [typed.toLowerCase(), method.toLowerCase()];
  return folded.startsWith(wanted) || folded.includes(`.${wanted}`);
}

function ranked(values: readonly string[], typed: string): string[] {
  const wanted = typed.toLowerCase();
  const found = values.filter((value) => value !== '' && value.toLowerCase().includes(wanted));
  return [
    ...found.filter((value) => value.toLowerCase().startsWith(wanted)),
    ...found.filter((value) => !value.toLowerCase().startsWith(wanted)),
  ];
}
