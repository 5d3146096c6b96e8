/** What is wrong with a filter's text, in words for whoever is typing it. */
export interface FilterError {
  readonly message: string;
  /** Column in the text, from 0, in UTF-16 units. */
  readonly at: number;
  /** What to type instead. */
  readonly hint: string;
}

/** Thrown inside the parsers alone; `parseFilter` turns it into a {@link FilterError}. */
export class FilterSyntaxError extends Error implements FilterError {
  readonly at: number;
  readonly hint: string;

  constructor(message: string, at: number, hint: string) {
    super(message);
    this.name = 'FilterSyntaxError';
    this.at = at;
    this.hint = hint;
  }
}
