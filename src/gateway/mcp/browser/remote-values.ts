import type { CDPSession, Protocol } from './puppeteer.ts';

type Value = Protocol.Runtime.RemoteObject;

/** A value of a page as a console shows it on one line, from what the browser sent of it. */
export function shownValue(value: Value, quoted = true): string {
  const { type, subtype, description, preview } = value;
  if (value.unserializableValue !== undefined) return value.unserializableValue;
  if (type === 'string') return quoted ? JSON.stringify(value.value) : String(value.value);
  if (type === 'undefined') return 'undefined';
  if (type === 'function') return `ƒ ${functionName(description ?? '')}()`;
  if (type !== 'object') return description ?? String(value.value);
  if (subtype === 'null') return 'null';
  return preview ? shownPreview(preview) : (description ?? 'Object');
}

/** From its source. */
function functionName(source: string): string {
  return /^(?:async\s+)?(?:function\b)?[\s*]*(?:class\s+)?([\w$]{0,80})/.exec(source)?.[1] ?? '';
}

function shownPreview(preview: Protocol.Runtime.ObjectPreview): string {
  const { subtype, description = 'Object', properties, entries, overflow } = preview;
  if (subtype !== undefined && PLAIN.has(subtype)) return description;
  const more = overflow ? [...(properties.length > 0 || entries?.length ? ['…'] : [])] : [];
  if (entries) {
    const pairs = entries.map(({ key, value }) =>
      key ? `${shownPreview(key)} => ${shownPreview(value)}` : shownPreview(value),
    );
    return `${description} {${[...pairs, ...more].join(', ')}}`;
  }
  if (properties.length === 0 && preview.type !== 'object') return description;
  if (subtype === 'array' || subtype === 'typedarray') {
    return `${description === `Array(${properties.length})` ? '' : `${description} `}[${[...properties.map((each) => shownProperty(each)), ...more].join(', ')}]`;
  }
  const members = properties.map((each) => `${each.name}: ${shownProperty(each)}`);
  return `${description === 'Object' ? '' : `${description} `}{${[...members, ...more].join(', ')}}`;
}

/** What is told best by the browser's own words. */
const PLAIN = new Set(['error', 'node', 'date', 'regexp', 'promise', 'proxy', 'null']);

function shownProperty({
  type,
  subtype,
  value = '',
  valuePreview,
}: Protocol.Runtime.PropertyPreview): string {
  if (valuePreview) return shownPreview(valuePreview);
  if (type === 'string') return JSON.stringify(value);
  if (type === 'function') return 'ƒ';
  return value === '' ? (subtype ?? type) : value;
}

/** The arguments of a console call as one text, the marks of the first (`%s`, `%d`, `%o`, `%c`) replaced. */
export function shownArguments(values: readonly Value[]): string {
  const [first, ...rest] = values;
  if (!first) return '';
  const format = first.type === 'string' ? String(first.value) : null;
  if (format === null || rest.length === 0 || !format.includes('%')) {
    return values.map((value) => shownValue(value, false)).join(' ');
  }
  const left = [...rest];
  const text = format.replace(/%([sdifoOc%])/g, (mark, kind: string) => {
    if (kind === '%') return '%';
    const value = left.shift();
    if (!value) return mark;
    if (kind === 'c') return '';
    if (kind === 'd' || kind === 'i') return String(Math.trunc(Number(value.value ?? Number.NaN)));
    if (kind === 'f') return String(Number(value.value ?? Number.NaN));
    return shownValue(value, kind !== 's');
  });
  return [text, ...left.map((value) => shownValue(value, false))].join(' ');
}

/** The frames of a stack, a line each; lines and columns are counted from 1. */
export function shownStack(stack: Protocol.Runtime.StackTrace | undefined, max: number): string[] {
  const lines: string[] = [];
  for (let each = stack; each && lines.length < max; each = each.parent) {
    if (each !== stack) lines.push(`--- ${each.description ?? 'async'} ---`);
    for (const { functionName, url, lineNumber, columnNumber } of each.callFrames) {
      lines.push(`at ${functionName || '<anonymous>'} (${url}:${lineNumber + 1}:${columnNumber + 1})`);
    }
  }
  return lines.slice(0, max);
}

/** A value with what is in it, as JSON as far as it has any. Rejects where it is gone. */
export async function deepValue(session: CDPSession, objectId: string, max: number): Promise<string> {
  const { result, exceptionDetails } = await session.send('Runtime.callFunctionOn', {
    objectId,
    functionDeclaration: String(deepText),
    arguments: [{ value: max }],
    returnByValue: true,
    silent: true,
  });
  if (exceptionDetails || typeof result.value !== 'string') throw new Error('it has no text');
  return result.value;
}

/** Runs in the page, on the value. */
function deepText(this: unknown, max: number): string {
  const seen = new WeakSet<object>();
  let left = max;
  const simple = (value: unknown, depth: number): unknown => {
    left -= 8;
    if (left < 0) return '…';
    if (typeof value === 'string') {
      left -= value.length;
      return left < 0 ? `${value.slice(0, Math.max(left + value.length, 0))}…` : value;
    }
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'symbol' || typeof value === 'undefined') return String(value);
    if (typeof value === 'function') return `ƒ ${value.name}()`;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Error) return value.stack ?? String(value);
    if (value instanceof Date || value instanceof RegExp) return String(value);
    if (typeof Node === 'function' && value instanceof Element) return value.outerHTML.slice(0, 300);
    if (typeof Node === 'function' && value instanceof Node) return value.nodeName;
    if (seen.has(value)) return '[seen above]';
    seen.add(value);
    if (depth === 0)
      return Array.isArray(value) ? `Array(${value.length})` : `${value.constructor?.name ?? 'Object'} {…}`;
    if (value instanceof Map) return { Map: [...value].map((pair) => simple(pair, depth - 1)) };
    if (value instanceof Set) return { Set: [...value].map((each) => simple(each, depth - 1)) };
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      return Array.from(value as ArrayLike<unknown>, (each) => simple(each, depth - 1));
    }
    const object: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      if (left < 0) {
        object['…'] = '…';
        break;
      }
      left -= key.length;
      try {
        object[key] = simple((value as Record<string, unknown>)[key], depth - 1);
      } catch (error) {
        object[key] = `threw ${error}`;
      }
    }
    return object;
  };
  const plain = simple(this, 6);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}
