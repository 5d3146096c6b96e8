import { type Comparison, OPERATORS } from './expression.ts';
import { FIELDS, type NumberField, UNITS } from './fields.ts';
import { FilterSyntaxError } from './syntax-error.ts';

/** A comparison such as `ms>=1.5s`, which stands at `start` of the filter; throws {@link FilterSyntaxError}. */
export function comparisonOf(field: NumberField, word: string, start: number): Comparison {
  // `ms:>200` is what other tools write.
  const sign = field.length + (word[field.length] === ':' ? 1 : 0);
  const operator = OPERATORS.find((each) => word.startsWith(each, sign));
  if (!operator) throw new Error(`no operator in ${word}`);
  const at = start + sign + operator.length;
  const written = word.slice(sign + operator.length);
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,6})?)([A-Za-z]*)$/.exec(written) ?? [];
  const [example] = FIELDS[field].examples;
  if (digits === undefined || unit === undefined) {
    throw new FilterSyntaxError(
      written === '' ? `${operator} is to be followed by a number.` : `${written} is not a number.`,
      at,
      `For example ${example}, without spaces or commas.`,
    );
  }
  const factor = unit === '' ? 1 : UNITS[field][unit.toLowerCase()];
  if (factor === undefined) {
    const units = Object.keys(UNITS[field]).join(', ');
    throw new FilterSyntaxError(
      `${field} has no unit ${unit}.`,
      at + digits.length,
      `Its units are ${units}.`,
    );
  }
  const decimals = digits.includes('.') ? digits.length - digits.indexOf('.') - 1 : 0;
  const half = (factor / 10 ** decimals) * 0.5;
  return { kind: 'number', field, operator, value: Number(digits) * factor, half, written };
}
