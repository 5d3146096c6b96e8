import type { HubEvent, LogLevel } from '../shared/events.ts';
import type { Logger } from '../shared/log.ts';

/** How the supervisor speaks: to the log, and to everybody who is attached. */
export class Voice {
  readonly #log: Logger;
  readonly #push: (event: HubEvent) => void;

  constructor(log: Logger, push: (event: HubEvent) => void) {
    this.#log = log;
    this.#push = push;
  }

  emit(event: HubEvent): void {
    this.#push(event);
  }

  /** Into the log alone. */
  note(level: LogLevel | 'fatal', source: string, message: string, details: object = {}): void {
    this.#log[level]({ source, ...details }, message);
  }

  /** Into the log and to everybody who is attached. */
  say(level: LogLevel, source: string, message: string): void {
    this.note(level, source, message);
    this.emit({ type: 'log', at: Date.now(), level, source, message });
  }
}
