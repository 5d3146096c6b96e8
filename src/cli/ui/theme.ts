import type { Outcome, ProcessState } from '../../shared/events.ts';
import type { Line, Tone } from './cells.ts';
import { depthOf, paintDots } from './dots.ts';

interface Style {
  /** SGR parameters of the colour: one of the terminal's own sixteen, so that its palette decides. */
  color: number | null;
  bold?: boolean;
  dim?: boolean;
  inverse?: boolean;
}

const STYLES: Record<Tone, Style> = {
  plain: { color: null },
  strong: { color: null, bold: true },
  dim: { color: null, dim: true },
  good: { color: 32 },
  warn: { color: 33 },
  bad: { color: 31, bold: true },
  accent: { color: 36, bold: true },
  client: { color: 36 },
  alert: { color: null, bold: true, inverse: true },
  // The selected row, one quiet bar: colours inside it would turn into a patchwork of backgrounds.
  bar: { color: null, inverse: true },
  key: { color: null, bold: true },
};

/** What marks the selected row, with and without colours. */
export const SELECTED = '▸';

/** What stands before a row that was marked, and before one that is selected as well. */
export const MARKED = '◆';
export const SELECTED_MARKED = '◈';

export interface Look {
  readonly glyph: string;
  readonly word: string;
  readonly tone: Tone;
}

const STATES: Record<ProcessState, Look> = {
  stopped: { glyph: '○', word: 'stopped', tone: 'dim' },
  starting: { glyph: '◐', word: 'starting', tone: 'warn' },
  ready: { glyph: '●', word: 'ready', tone: 'good' },
  attached: { glyph: '●', word: 'attached', tone: 'good' },
  degraded: { glyph: '◐', word: 'degraded', tone: 'warn' },
  backoff: { glyph: '◐', word: 'backoff', tone: 'warn' },
  failed: { glyph: '✗', word: 'failed', tone: 'bad' },
  stopping: { glyph: '◐', word: 'stopping', tone: 'warn' },
  exited: { glyph: '○', word: 'exited', tone: 'dim' },
};

const OUTCOMES: Record<Outcome, Look> = {
  open: { glyph: '…', word: 'open', tone: 'accent' },
  ok: { glyph: '✓', word: 'ok', tone: 'good' },
  error: { glyph: '✗', word: 'error', tone: 'bad' },
  lost: { glyph: '✗', word: 'lost', tone: 'warn' },
};

/** Glyph, word and tone of a process state. */
export function stateLook(state: ProcessState): Look {
  return STATES[state];
}

/** Glyph, word and tone of how a command ended. */
export function outcomeLook(outcome: Outcome): Look {
  return OUTCOMES[outcome];
}

/** Turns rows into what the terminal gets. */
export interface Theme {
  paint(line: Line): string;
}

/**
 * NO_COLOR (no-color.org: present and not empty) is honoured here, because neither chalk 6 nor Ink does on a
 * terminal, and FORCE_COLOR=0 would take inverse and bold with it, and so the selection.
 */
export function createTheme(env: NodeJS.ProcessEnv): Theme {
  const colors = !env.NO_COLOR;
  const depth = depthOf(env);
  const codes = new Map<Tone, readonly [string, string]>();
  for (const [tone, style] of Object.entries(STYLES)) codes.set(tone as Tone, sgr(style, colors));
  return {
    paint: (line) => {
      let out = '';
      for (const { text, tone, dots } of line) {
        if (dots) {
          out += paintDots(dots, depth);
          continue;
        }
        const [open, close] = codes.get(tone) ?? ['', ''];
        out += open + text + close;
      }
      return out;
    },
  };
}

function sgr(style: Style, colors: boolean): readonly [string, string] {
  const open: number[] = [];
  const close: number[] = [];
  if (colors && style.color !== null) {
    open.push(style.color);
    close.push(39);
  }
  if (style.bold) open.push(1);
  if (style.dim) open.push(2);
  if (style.bold || style.dim) close.push(22);
  if (style.inverse) {
    open.push(7);
    close.push(27);
  }
  return open.length === 0 ? ['', ''] : [`\u001b[${open.join(';')}m`, `\u001b[${close.join(';')}m`];
}
