import { fitLine, fitSpan, type Line, lineWidth, span, type Tone } from '../cells.ts';
import { applies, COMMANDS, works } from '../commands.ts';
import { keyLabel } from '../keymap.ts';
import type { Layout } from '../layout.ts';
import type { HubState, NoticeLevel } from '../store.ts';
import type { Question, UiState } from '../ui-state.ts';
import { grouped } from '../words.ts';

const LEVELS: Record<NoticeLevel, Tone> = { info: 'plain', warn: 'warn', error: 'bad' };

/** The first row of the status bar: a question, else what happens, else where the hub is and what it holds. */
export function messageLine(state: HubState, ui: UiState, width: number): Line {
  if (ui.dialog?.kind === 'question') return questionLine(ui.dialog.question, width);
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
  const right = [span(`${droppedText(state)} `, 'dim')];
  const room = width - lineWidth(right);
  return lineWidth(left) < room ? [...fitLine(left, room), ...right] : fitLine(left, width);
}

/** What the gateway's ring has let go of; how many rows there are the traffic's title says. */
function droppedText({ stats }: HubState): string {
  return stats ? `${grouped(stats.dropped)} old rows dropped` : '';
}

/** The second row: the keys that matter here, from the table of commands. */
export function keysLine(ui: UiState, layout: Layout): Line {
  const { dialog } = ui;
  const width = layout.columns;
  if (dialog?.kind === 'help')
    return fitLine(
      keys([
        ['↑↓', 'scroll'],
        ['Esc', 'back'],
      ]),
      width,
    );
  if (dialog?.kind === 'question') return fitLine(keys([...choices(dialog.question), ['Esc', 'no']]), width);
  const shown = hints(ui.focus, layout);
  // Help and quit, at the end, are the last to go, and quit the very last.
  while (shown.length > 1 && lineWidth(keys(shown)) > width) shown.splice(Math.max(0, shown.length - 3), 1);
  return fitLine(keys(shown), width);
}

/** The answers are never cut, the question is. */
function questionLine(question: Question, width: number): Line {
  const yes =
    question.choices.length === 1 ? ' y/N ' : ` ${question.choices.map(({ key }) => key).join('/')}/Esc `;
  const text = span(` ${question.text}`, 'alert');
  const fitted = fitSpan(text, Math.max(0, Math.min(text.width, width - yes.length)));
  return fitLine([fitted, span(yes, 'alert')], width);
}

function choices(question: Question): [string, string][] {
  return question.choices.map(({ key, label }) => [key, label]);
}

function hints(focus: UiState['focus'], layout: Layout): [string, string][] {
  return COMMANDS.flatMap((command): [string, string][] => {
    const [key] = command.keys;
    return command.hint && key && applies(command, focus) && works(command, layout)
      ? [[keyLabel(key), command.hint]]
      : [];
  });
}

function keys(pairs: readonly (readonly [string, string])[]): Line {
  return pairs.flatMap(([key, word]) => [span(` ${key}`, 'key'), span(` ${word} `, 'dim')]);
}
