import { compile } from './compile.ts';
import type { Expression } from './expression.ts';
import { parseExpression } from './parse.ts';
import type { Subject } from './subject.ts';
import { type FilterError, FilterSyntaxError } from './syntax-error.ts';

/**
 * A filter of traffic, as docs/filter.md describes the language. Between processes it travels as its `text`, which
 * the other end parses again.
 */
export interface Filter {
  /** As it was typed. */
  readonly text: string;
  readonly expression: Expression;
  /** A term looks at {@link Subject.text}. */
  readonly readsText: boolean;
  readonly test: (subject: Subject) => boolean;
}

export type ParsedFilter =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly error: FilterError };

/** Never throws. Blank text is the filter that matches everything. */
export function parseFilter(text: string): ParsedFilter {
  try {
    const expression = parseExpression(text);
    return {
      ok: true,
      filter: { text, expression, readsText: readsText(expression), test: compile(expression) },
    };
  } catch (thrown) {
    if (!(thrown instanceof FilterSyntaxError)) throw thrown;
    const { message, at, hint } = thrown;
    return { ok: false, error: { message, at, hint } };
  }
}

/** Whether the subject is shown; see {@link Subject} for fields that it does not have. */
export function matches(filter: Filter, subject: Subject): boolean {
  return filter.test(subject);
}

function readsText(expression: Expression): boolean {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.some(readsText);
    case 'not':
      return readsText(expression.of);
    case 'text':
      return expression.field === 'text';
    default:
      return false;
  }
}
