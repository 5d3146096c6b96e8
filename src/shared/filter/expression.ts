import type { ChoiceField, NumberField, TextField } from './fields.ts';
import type { Regex } from './regex.ts';

/** A filter as it was understood. */
export type Expression =
  /** All of them; of none: everything. */
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | Term;

export type Term =
  | { readonly kind: 'word'; readonly pattern: Pattern }
  | { readonly kind: 'text'; readonly field: TextField; readonly patterns: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly field: ChoiceField; readonly values: readonly string[] }
  | Comparison;

export interface Comparison {
  readonly kind: 'number';
  readonly field: NumberField;
  readonly operator: Operator;
  /** Milliseconds or bytes. */
  readonly value: number;
  /** Half of the last digit that was written: `=` means what a screen rounds to it. */
  readonly half: number;
  /** As it was written: `1.5s`. */
  readonly written: string;
}

export const OPERATORS = ['>=', '<=', '>', '<', '='] as const;
export type Operator = (typeof OPERATORS)[number];

/** Text with `*` between its parts (a single part has none), or a regular expression. */
export type Pattern =
  | { readonly kind: 'glob'; readonly parts: readonly string[] }
  | { readonly kind: 'regex'; readonly regex: Regex };
