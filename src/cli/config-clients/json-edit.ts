import { isDeepStrictEqual } from 'node:util';
import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type Change, eolOf, positionOf, splice, UnreadableError, type Value } from './edit.ts';

/**
 * The text of a JSON file with the change in it, every other character as it was: comments, order, indentation, line
 * ends. The same text where it says so already. jsonc-parser reads it, and does not write: its own edits lay out the
 * neighbours anew and lose the comment behind them. Comments and commas at the end of a list may be there whatever the
 * client thinks of them: they stay. Throws UnreadableError.
 */
export function editJson(text: string, change: Change): string {
  const root = parse(text);
  if (!root) return made(text, change);
  return within(text, root, change);
}

/** What the file says; undefined where it is empty. Throws UnreadableError. */
export function readJson(text: string): unknown {
  const root = parse(text);
  return root && plainOf(root);
}

function parse(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const [error] = errors;
  if (error) {
    throw new UnreadableError(wordsOf(printParseErrorCode(error.error)), positionOf(text, error.offset));
  }
  return root;
}

/** `PropertyNameExpected` → `property name expected`. */
function wordsOf(code: string): string {
  return code.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

/** A file that holds nothing yet, or comments alone. */
function made(text: string, { path, value, element }: Change): string {
  const eol = eolOf(text);
  const kept = text.trimEnd();
  const whole = nested(path, element === undefined ? value : [value]);
  return `${kept && kept + eol}${rendered(whole, { eol, unit: '  ', indent: '' })}${eol}`;
}

function within(text: string, node: Node, change: Change): string {
  const { path, value, element } = change;
  const [key, ...rest] = path;
  const layout = { eol: eolOf(text), unit: unitOf(text, node) };
  let at = node;
  for (const [depth, name] of path.entries()) {
    if (at.type !== 'object') throw notA('object', path[depth - 1], text, at);
    const found = memberOf(at, name);
    if (!found) {
      const missing = path.slice(depth + 1);
      return appended(text, at, {
        ...layout,
        label: `${JSON.stringify(name)}: `,
        value: nested(missing, element === undefined ? value : [value]),
      });
    }
    at = found;
  }
  if (element === undefined) return replaced(text, at, value, layout);
  if (at.type !== 'array') throw notA('list', rest.at(-1) ?? key, text, at);
  const same = at.children?.findLast((each) => getNodeValue(each)?.id === element);
  if (same) return replaced(text, same, value, layout);
  return appended(text, at, { ...layout, label: '', value });
}

function notA(what: string, name: string | undefined, text: string, node: Node): UnreadableError {
  const named = name === undefined ? 'the whole' : `"${name}"`;
  return new UnreadableError(`${named} is no ${what}`, positionOf(text, node.offset));
}

/** The last one counts, as JSON.parse has it. */
function memberOf(object: Node, name: string): Node | undefined {
  return object.children?.findLast((member) => member.children?.[0]?.value === name)?.children?.[1];
}

interface Layout {
  eol: string;
  /** What one level is indented by. */
  unit: string;
}

function replaced(text: string, node: Node, value: Value, layout: Layout): string {
  if (isDeepStrictEqual(plainOf(node), value)) return text;
  const { offset, length } = node;
  const indent = indentOf(text, offset);
  const whole = text.trim().includes('\n') ? rendered(value, { ...layout, indent }) : JSON.stringify(value);
  return splice(text, offset, offset + length, whole);
}

/** The parser's objects have no prototype, by which a comparison would tell them from others. */
function plainOf(node: Node): unknown {
  return JSON.parse(JSON.stringify(getNodeValue(node)));
}

function appended(
  text: string,
  holder: Node,
  { label, value, ...layout }: Layout & { label: string; value: Value },
): string {
  const close = holder.offset + holder.length - 1;
  const last = holder.children?.at(-1);
  const lastEnd = last ? last.offset + last.length : holder.offset + 1;
  const comma = last ? commaIn(text, lastEnd, close) : -1;
  if (last && !text.slice(holder.offset, close).includes('\n')) {
    const at = comma < 0 ? lastEnd : comma + 1;
    return splice(text, at, at, `${comma < 0 ? ',' : ''} ${label}${JSON.stringify(value)}`);
  }
  const outer = indentOf(text, holder.offset);
  const indent = last ? indentOf(text, last.offset) : outer + layout.unit;
  // Behind whatever stands there, so that a comment on the last line stays on that line.
  const at = text.slice(0, close).trimEnd().length;
  const end = text.slice(at, close).includes('\n') ? '' : layout.eol + outer;
  const member = `${layout.eol}${indent}${label}${rendered(value, { ...layout, indent })}${end}`;
  const longer = splice(text, at, at, member);
  return last && comma < 0 ? splice(longer, lastEnd, lastEnd, ',') : longer;
}

/** Where between the two a comma stands that is in no comment; -1 where none does. */
function commaIn(text: string, start: number, end: number): number {
  const bare = text
    .slice(start, end)
    .replaceAll(/\/\/[^\n]*|\/\*.*?\*\//gs, (comment) => ' '.repeat(comment.length));
  const at = bare.indexOf(',');
  return at < 0 ? -1 : start + at;
}

function rendered(value: Value, { eol, unit, indent }: Layout & { indent: string }): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', eol + indent);
}

function nested(path: readonly string[], value: Value): Value {
  return path.reduceRight<Value>((inner, key) => ({ [key]: inner }), value);
}

/** What the line that this offset is on begins with. */
function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', offset - 1) + 1))?.[0] ?? '';
}

function unitOf(text: string, root: Node): string {
  const [first] = root.children ?? [];
  return (first && indentOf(text, first.offset)) || '  ';
}
