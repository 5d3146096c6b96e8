import { format } from 'node:util';
import type { NoticeLevel } from './store.ts';

const LEVELS: Record<'debug' | 'log' | 'info' | 'warn' | 'error', NoticeLevel> = {
  debug: 'info',
  log: 'info',
  info: 'info',
  warn: 'warn',
  error: 'error',
};

/**
 * While the screen is up, what some library writes to the console goes to `say`: written to the terminal it
 * would stay in the frame for ever (incremental rendering never repairs rows that it thinks unchanged), and
 * Ink's own patch scrolls a full-height frame away. The answer puts the console back.
 */
export function catchConsole(say: (level: NoticeLevel, text: string) => void): () => void {
  const before = { ...console };
  for (const [method, level] of Object.entries(LEVELS)) {
    Object.assign(console, { [method]: (...args: unknown[]) => say(level, format(...args)) });
  }
  return () => {
    for (const method of Object.keys(LEVELS)) {
      Object.assign(console, { [method]: before[method as keyof typeof LEVELS] });
    }
  };
}
