import type { Expression, Pattern } from './expression.ts';
import type { Filter } from './filter.ts';

/** Text that reads as plain without quotes, wherever it stands. */
const PLAIN = /^[\p{L}\p{N}_.#%@$+~][\p{L}\p{N}_.#%@$+~-]*$/u;

/**
 * The filter as it was understood, for showing: what is parsed from it matches the same subjects, save that it may
 * come out longer than a filter may be. Blank for everything.
 */
export function formatFilter(filter: Filter): string {
  return format(filter.expression, 'or');
}

/** `inside`: what the expression is a part of, which decides whether it needs parentheses. */
function format(expression: Expression, inside: 'or' | 'and' | 'not'): string {
  switch (expression.kind) {
    case 'or': {
      const text = expression.of.map((part) => format(part, 'or')).join(' | ');
      return inside === 'or' ? text : `(${text})`;
    }
    case 'and': {
      const text = expression.of.map((part) => format(part, 'and')).join(' ');
      return inside === 'not' ? `(${text})` : text;
    }
    case 'not':
      return `-${format(expression.of, 'not')}`;
    case 'word':
      return quotePattern(expression.pattern, false);
    case 'text':
      return `${expression.field}:${expression.patterns.map((pattern) => quotePattern(pattern, true)).join()}`;
    case 'choice':
      return `${expression.field}:${expression.values.join()}`;
    case 'number':
      return `${expression.field}${expression.operator}${expression.written}`;
    default:
      return expression satisfies never;
  }
}

/** A value as it is typed after a field's colon: in quotes where it needs them. */
export function quoteValue(text: string): string {
  return PLAIN.test(text) || /^-[\w.]+$/.test(text) ? text : quoted(text);
}

function quotePattern(pattern: Pattern, inField: boolean): string {
  if (pattern.kind === 'regex') return `/${pattern.regex.source}/`;
  return pattern.parts
    .map((part, i) => {
      if (part === '') return '';
      if (inField || i > 0) return quoteValue(part);
      return PLAIN.test(part) ? part : quoted(part);
    })
    .join('*');
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
