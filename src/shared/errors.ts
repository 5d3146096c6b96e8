/**
 * Every failure that the hub itself reports, by who must act. The exit codes are a contract for scripts:
 * 0 fine, 1 failure, 2 usage, 3 the flags given conflict with the hub that already runs, 130 interrupted.
 */
export const EXIT = { ok: 0, failure: 1, usage: 2, conflict: 3, interrupted: 130 } as const;

export type HubErrorCode =
  | 'USAGE'
  | 'PORT_TAKEN'
  | 'BIND_REFUSED'
  | 'NO_BROWSER'
  | 'BROWSER_FAILED'
  | 'BROWSER_UNREACHABLE'
  | 'INSTALL_FAILED'
  | 'CHILD_FAILED'
  | 'HUB_CONFLICT'
  | 'HUB_NOT_RUNNING'
  | 'HUB_STOPPING'
  | 'NOT_FOUND'
  | 'TIMEOUT'
  | 'CONTROL'
  | 'INTERNAL';

const EXIT_BY_CODE: Partial<Record<HubErrorCode, number>> = {
  USAGE: EXIT.usage,
  HUB_CONFLICT: EXIT.conflict,
};

/** The wire form of a {@link HubError}: what the control socket, HTTP answers and `--json` lines carry. */
export interface HubErrorData {
  code: HubErrorCode;
  message: string;
  hint: string;
}

/** An error that says what happened (`message`) and what to type next (`hint`). */
export class HubError extends Error {
  readonly code: HubErrorCode;
  readonly hint: string;

  constructor(code: HubErrorCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'HubError';
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return EXIT_BY_CODE[this.code] ?? EXIT.failure;
  }

  toData(): HubErrorData {
    return { code: this.code, message: this.message, hint: this.hint };
  }

  static fromData(data: HubErrorData): HubError {
    return new HubError(data.code, data.message, data.hint);
  }

  /** Anything thrown, as a HubError: unknown throws become INTERNAL and keep their cause. */
  static from(thrown: unknown): HubError {
    if (thrown instanceof HubError) return thrown;
    return new HubError(
      'INTERNAL',
      messageOf(thrown),
      'See the log in the state folder; this is a bug worth reporting.',
      thrown,
    );
  }
}

/** The message of anything thrown, the causes behind it included (undici hides the reason in `cause`). */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const inner = thrown.cause instanceof Error ? messageOf(thrown.cause) : '';
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map(messageOf).join('; ');
  return inner && !thrown.message.includes(inner) ? `${thrown.message}: ${inner}` : thrown.message;
}
