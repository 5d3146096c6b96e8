import { completions, type LiveValues } from '../../../shared/filter/completions.ts';
import { fitLine, fitSpan, type Line, lineWidth, type Span, span, type Tone } from '../cells.ts';
import { applies, works } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { keyLabel } from '../keymap.ts';
import type { Focus, Layout } from '../layout.ts';
import type { LineEdit } from '../line-edit.ts';
import { liveValues } from '../live-values.ts';
import type { HubState, NoticeLevel } from '../store.ts';
import type { FilterLine, Question, UiState } from '../ui-state.ts';
import { grouped } from '../words.ts';

const LEVELS: Record<NoticeLevel, Tone> = { info: 'plain', warn: 'warn', error: 'bad' };

/** The first row of the status bar: a question, else what happens, else where the hub is and what it holds. */
export function messageLine(state: HubState, ui: UiState, width: number): Line {
  const { dialog } = ui;
  if (dialog?.kind === 'question') return questionLine(dialog.question, width);
  if (dialog?.kind === 'filter')
    return typedLine('/', dialog.edit, { width, wrong: dialog.error?.at ?? null });
  if (dialog?.kind === 'palette') return typedLine(':', dialog.edit, { width, wrong: null });
  if ((dialog?.kind === 'help' || dialog?.kind === 'log') && dialog.typing)
    return typedLine('/', dialog.find, { width, wrong: null });
  if (state.stopping !== null) {
    return fitLine([span(' stopping… ', 'alert'), span(` ${state.stopping} · Ctrl-C again to kill`)], width);
  }
  const { notice, progress } = state;
  if (notice) return fitLine([span(` ${notice.text}`, LEVELS[notice.level])], width);
  if (progress) {
    const part = progress.fraction === null ? '' : ` ${Math.floor(progress.fraction * 100)}%`;
    return fitLine([span(` ${progress.task}:${part} ${progress.message}`, 'accent')], width);
  }
  const filter = ui.filter === '' ? [] : [span(` / ${ui.filter} `, 'accent')];
  const left = [...filter, span(` ${state.urls?.gateway ?? 'starting…'}`, 'client')];
  const right = [span(`${droppedText(state)} `, 'dim')];
  const room = width - lineWidth(right);
  return lineWidth(left) < room ? [...fitLine(left, room), ...right] : fitLine(left, width);
}

/** What the gateway's ring has let go of; how many rows there are the traffic's title says. */
function droppedText({ stats }: HubState): string {
  return stats ? `${grouped(stats.dropped)} old rows dropped` : '';
}

/** The second row: the keys that matter here, from the table of commands. */
export function keysLine(state: HubState, ui: UiState, layout: Layout): Line {
  const { dialog } = ui;
  const width = layout.columns;
  if (dialog?.kind === 'filter') return filterHelp(dialog, liveValues(state), width);
  if (dialog?.kind === 'palette') {
    return fitLine(
      keys([
        ['↑↓', 'choose'],
        ['Enter', 'do it'],
        ['Esc', 'back'],
      ]),
      width,
    );
  }
  if (dialog?.kind === 'help' || dialog?.kind === 'log')
    return fitLine(
      keys([
        ...(dialog.typing
          ? ([['Enter', 'keep']] as const)
          : ([
              ['↑↓', 'scroll'],
              ['/', 'find'],
            ] as const)),
        ['Esc', dialog.typing || dialog.find.text !== '' ? 'show all' : 'back'],
      ]),
      width,
    );
  if (dialog?.kind === 'question')
    return fitLine(keys([...choices(dialog.question), ['Esc', dialog.question.menu ? 'back' : 'no']]), width);
  const shown = hints(ui.focus, layout);
  // Help and quit, at the end, are the last to go, and quit the very last.
  while (shown.length > 1 && lineWidth(keys(shown)) > width) shown.splice(Math.max(0, shown.length - 3), 1);
  return fitLine(keys(shown), width);
}

/** The line being typed, with its cursor, moved so far that it is in sight; `wrong`: from there on it cannot be read. */
function typedLine(
  sign: string,
  { text, cursor }: LineEdit,
  at: { width: number; wrong: number | null },
): Line {
  const room = Math.max(8, at.width - 5);
  const from = Math.max(0, cursor - room);
  const shown = text.slice(from, from + room);
  const under = shown[cursor - from] ?? ' ';
  const tone: Tone = at.wrong === null ? (sign === '/' && text !== '' ? 'good' : 'plain') : 'bad';
  return fitLine(
    [
      span(` ${sign} `, 'accent'),
      span(shown.slice(0, cursor - from), tone),
      span(under, 'bar'),
      span(shown.slice(cursor - from + 1), tone),
    ],
    at.width,
  );
}

/** What is wrong with the filter, else what may stand at its cursor. */
function filterHelp({ error, edit, picked }: FilterLine, live: LiveValues, width: number): Line {
  if (error) return fitLine([span(` ${error.message} ${error.hint}`, 'bad')], width);
  const { choices } = completions(edit.text, edit.cursor, live);
  const line: Span[] = [span(' Tab', 'key')];
  for (const [i, { insert, about }] of choices.entries()) {
    line.push(span(' '), i === picked ? span(` ${insert} `, 'bar') : span(` ${insert} `));
    if (i === picked) line.push(span(` ${about} `, 'dim'));
  }
  if (choices.length === 0) line.splice(0, 1, span(' Enter', 'key'), span(' keeps it ', 'dim'));
  line.push(span(' Esc', 'key'), span(' as before ', 'dim'));
  return fitLine(line, width);
}

/** The answers are never cut, the question is. */
function questionLine(question: Question, width: number): Line {
  const yes =
    question.choices.length === 1 && !question.menu
      ? ' y/N '
      : ` ${question.choices.map(({ key }) => key).join('/')}/Esc `;
  const text = span(` ${question.text}`, 'alert');
  const fitted = fitSpan(text, Math.max(0, Math.min(text.width, width - yes.length)));
  return fitLine([fitted, span(yes, 'alert')], width);
}

function choices(question: Question): [string, string][] {
  return question.choices.map(({ key, label }) => [key, label]);
}

function hints(focus: Focus, layout: Layout): [string, string][] {
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
