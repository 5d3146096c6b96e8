import type { Copied } from './clipboard.ts';

/** What the controller needs of the terminal; the screen gives it. */
export interface Terminal {
  redraw(): void;
  suspend(): void;
  end(end: 'detach' | 'stop'): void;
  interrupt(): void;
  /** Into every clipboard that can be reached. */
  copy(text: string): Promise<Copied>;
  /** Rows as lines in its own scrollback, until a key comes. */
  stream(of: 'requests' | 'traffic'): void;
}
