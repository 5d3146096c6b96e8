/** What a model is told when a tool could not do its work: what happened and why, and what to call next. */
export class ToolError extends Error {
  readonly next: string;

  /** `next`: a whole sentence that names the tool to call. */
  constructor(message: string, next: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ToolError';
    this.next = next;
  }

  /** Both sentences, as one text. */
  get text(): string {
    return `${/[.!?]$/.test(this.message) ? this.message : `${this.message}.`} ${this.next}`.trim();
  }
}
