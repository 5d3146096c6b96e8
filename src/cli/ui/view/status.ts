import { fitLine, type Line, lineWidth, span, type Tone } from '../cells.ts';
import { applies, COMMANDS } from '../commands.ts';
import { keyLabel } from '../keymap.ts';
import type { PaneId } from '../layout.ts';
import type { HubState, NoticeLevel } from '../store.ts';
import type { Question, UiState } from '../ui-state.ts';
import { grouped } from '../words.ts';

const LEVELS: Record<NoticeLevel, Tone> = { info: 'plain', warn: 'warn', error: 'bad' };

/** The first row of the status bar: a question, else what happens, else where the hub is and what it holds. */
export function messageLine(state: HubState, ui: UiState, width: number): Line {
  if (ui.dialog?.kind === 'question') return fitLine(questionLine(ui.dialog.question), width);
  if (state.stopping !== null) {
    return fitLine([span(' stopping… ', 'alert'), span(` ${state.stopping} · Ctrl-C again to kill`)], width);
  }
  const { notice, progress } = state;
  if (notice) return fitLine([span(` ${notice.text}`, LEVELS[notice.level])], width);
  if (progress) {
    const part = progress.fraction === null ? '' : ` ${Math.floor(progress.fraction * 100)}%`;
    return fitLine([span(` ${progress.task}:${part} ${progress.message}`, 'accent')], width);
  }
  const left = [span(` ${state.urls?.gateway ?? 'starting…'}`, 'client')];
  const right = [span(`${bufferText(state)} `, 'dim')];
  const room = width - lineWidth(right);
  return lineWidth(left) < room ? [...fitLine(left, room), ...right] : fitLine(left, width);
}

function bufferText({ stats }: HubState): string {
  if (!stats) return '';
  return `buffer ${grouped(stats.buffered)} · ${grouped(stats.dropped)} dropped`;
}

/** The second row: the keys that matter here, from the table of commands. */
export function keysLine(ui: UiState, width: number): Line {
  const { dialog } = ui;
  if (dialog?.kind === 'help')
    return fitLine(
      keys([
        ['↑↓', 'scroll'],
        ['Esc', 'back'],
      ]),
      width,
    );
  if (dialog?.kind === 'question') return fitLine(keys([...choices(dialog.question), ['Esc', 'no']]), width);
  const shown = hints(ui.focus);
  // Help and quit, at the end, are the last to go.
  while (shown.length > 2 && lineWidth(keys(shown)) > width) shown.splice(-3, 1);
  return fitLine(keys(shown), width);
}

function questionLine(question: Question): Line {
  const yes =
    question.choices.length === 1 ? ' y/N ' : ` ${question.choices.map(({ key }) => key).join('/')}/Esc `;
  return [span(` ${question.text}`, 'alert'), span(yes, 'alert')];
}

function choices(question: Question): [string, string][] {
  return question.choices.map(({ key, label }) => [key, label]);
}

function hints(focus: PaneId): [string, string][] {
  return COMMANDS.flatMap((command): [string, string][] => {
    const [key] = command.keys;
    return command.hint && key && applies(command, focus) ? [[keyLabel(key), command.hint]] : [];
  });
}

function keys(pairs: readonly (readonly [string, string])[]): Line {
  return pairs.flatMap(([key, word]) => [span(` ${key}`, 'key'), span(` ${word} `, 'dim')]);
}
