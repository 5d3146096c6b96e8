import type { Comparison, Expression, Pattern } from './expression.ts';
import { FIELDS, type TextField } from './fields.ts';
import { MAX_SUBJECT, type Subject } from './subject.ts';

export type Test = (subject: Subject) => boolean;
type TextTest = (text: string) => boolean;

/** Characters that are enough to name a target or a session by its beginning. */
const PREFIX = 4;

/** The expression as one function, which costs no more than the terms that it has to look at. */
export function compile(expression: Expression): Test {
  switch (expression.kind) {
    case 'and':
      return every(expression.of.map(compile));
    case 'or':
      return some(expression.of.map(compile));
    case 'not': {
      const test = compile(expression.of);
      return (subject) => !test(subject);
    }
    case 'word': {
      const test = textTest(expression.pattern, 'part');
      return ({ method, url, error }) => has(test, method) || has(test, url) || has(test, error);
    }
    case 'text':
      return some(expression.patterns.map((pattern) => fieldTest(expression.field, pattern)));
    case 'choice':
      return expression.field === 'dir' ? dirTest(expression.values) : statusTest(expression.values);
    case 'number':
      return numberTest(expression);
    default:
      return expression satisfies never;
  }
}

function every(tests: readonly Test[]): Test {
  const [a, b] = tests;
  if (!a) return () => true;
  if (!b) return a;
  if (tests.length === 2) return (subject) => a(subject) && b(subject);
  return (subject) => tests.every((test) => test(subject));
}

function some(tests: readonly Test[]): Test {
  const [a, b] = tests;
  if (!a) return () => false;
  if (!b) return a;
  if (tests.length === 2) return (subject) => a(subject) || b(subject);
  return (subject) => tests.some((test) => test(subject));
}

function fieldTest(field: TextField, pattern: Pattern): Test {
  const test = textTest(pattern, FIELDS[field].kind);
  switch (field) {
    case 'client':
      return ({ client, clientName }) => has(test, clientName) || has(test, client);
    case 'tab': {
      const target = prefixTest(pattern, test);
      const tab = textTest(withoutMark(pattern), 'whole');
      return (subject) => has(target, subject.target) || has(tab, text(subject.tab)?.replace(/^#/, ''));
    }
    case 'session': {
      const session = prefixTest(pattern, test);
      return (subject) => has(session, subject.sessionId);
    }
    case 'id':
      return ({ id }) => has(test, text(id));
    case 'domain':
      return ({ method }) => {
        const dot = method?.indexOf('.') ?? -1;
        return dot > 0 && has(test, method?.slice(0, dot));
      };
    case 'method': {
      const dotted = pattern.kind === 'regex' || pattern.parts.some((part) => part.includes('.'));
      if (dotted) return ({ method }) => has(test, method);
      return ({ method }) => has(test, method) || has(test, method?.slice(method.indexOf('.') + 1));
    }
    case 'url':
      return ({ url }) => has(test, url);
    case 'code':
      return ({ code }) => has(test, text(code));
    case 'text':
      return (subject) => has(test, typeof subject.text === 'function' ? subject.text() : subject.text);
    default:
      return field satisfies never;
  }
}

function text(value: string | number | null | undefined): string | null {
  return value == null ? null : String(value);
}

/** Nothing is found in what is not there, not even `*`. */
function has(test: TextTest, value: string | null | undefined): boolean {
  return value != null && value !== '' && test(value);
}

/** Also true for an id of which the pattern is the beginning. */
function prefixTest(pattern: Pattern, whole: TextTest): TextTest {
  const [prefix] = pattern.kind === 'glob' && pattern.parts.length === 1 ? pattern.parts : [];
  if (prefix === undefined || prefix.length < PREFIX) return whole;
  const start = prefix.toLowerCase();
  return (id) => id.toLowerCase().startsWith(start);
}

function withoutMark(pattern: Pattern): Pattern {
  if (pattern.kind === 'regex') return pattern;
  const [first = '', ...rest] = pattern.parts;
  return { kind: 'glob', parts: [first.replace(/^#(?=.)/, ''), ...rest] };
}

function textTest(pattern: Pattern, kind: 'whole' | 'part'): TextTest {
  if (pattern.kind === 'regex') return (text) => pattern.regex.test(text);
  const parts = pattern.parts.map((part) => part.toLowerCase());
  const [only = ''] = parts;
  if (kind === 'part') {
    return parts.length === 1
      ? (text) => lower(text).includes(only)
      : (text) => inOrder(lower(text), parts, 0) >= 0;
  }
  if (parts.length === 1) return (text) => lower(text) === only;
  const middle = parts.slice(1, -1);
  const last = parts.at(-1) ?? '';
  return (text) => {
    const folded = lower(text);
    if (!folded.startsWith(only) || !folded.endsWith(last)) return false;
    const end = inOrder(folded, middle, only.length);
    return end >= 0 && end <= folded.length - last.length;
  };
}

function lower(text: string): string {
  return (text.length > MAX_SUBJECT ? text.slice(0, MAX_SUBJECT) : text).toLowerCase();
}

/** Where the last part ends when each is found after the one before it; -1 when one is not. */
function inOrder(text: string, parts: readonly string[], from: number): number {
  let at = from;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return -1;
    at = found + part.length;
  }
  return at;
}

const DIRECTIONS = { command: 'in', answer: 'out', event: 'event' } as const;

function dirTest(values: readonly string[]): Test {
  return ({ dir }) => dir != null && values.includes(DIRECTIONS[dir]);
}

const STATUSES = { ok: 'ok', error: 'err', lost: 'err', open: 'open' } as const;

function statusTest(values: readonly string[]): Test {
  return ({ outcome }) => outcome != null && values.includes(STATUSES[outcome]);
}

function numberTest({ field, operator, value, half }: Comparison): Test {
  const read = (subject: Subject): number => (field === 'ms' ? subject.ms : subject.bytes) ?? Number.NaN;
  switch (operator) {
    case '>':
      return (subject) => read(subject) > value;
    case '>=':
      return (subject) => read(subject) >= value;
    case '<':
      return (subject) => read(subject) < value;
    case '<=':
      return (subject) => read(subject) <= value;
    case '=':
      return (subject) => read(subject) >= value - half && read(subject) < value + half;
    default:
      return operator satisfies never;
  }
}
