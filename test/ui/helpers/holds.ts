import * as fc from 'fast-check';

/** The property holds for `runs` worlds; throws with the smallest one in which it does not. */
export function holds<T>(property: fc.IProperty<T>, runs = 200): void {
  const details = fc.check(property, { numRuns: runs });
  if (details.failed) throw new Error(fc.defaultReportMessage(details) ?? 'the property does not hold');
}
