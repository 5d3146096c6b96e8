import type { ProcessInfo, ProcessName } from '../../../shared/events.ts';
import { bytes, duration } from '../../../shared/text.ts';
import { fitLine, type Line, safeText, span, wrap } from '../cells.ts';
import type { Ending } from '../store.ts';
import { stateLook } from '../theme.ts';
import { age, clockTime } from '../words.ts';
import { type Column, type Selection, tableOf } from './table.ts';

/** Most lines that a finding and its fix take each; where there is little room, the selected process's alone. */
const MOST_LINES = 2;

/** How long the end of an earlier life is told, milliseconds. */
const ENDING_MS = 600_000;

export interface ProcessesView {
  readonly width: number;
  readonly now: number;
  /** The quiet ones say what they are. */
  readonly roomy: boolean;
  /** Rows for all of them; what does not fit is scrolled to. */
  readonly rows: number;
  readonly endings: ReadonlyMap<ProcessName, Ending>;
  readonly selection: (name: string) => Selection;
}

/** A process and the lines under it. */
export interface ProcessBlock {
  readonly name: string;
  readonly lines: readonly Line[];
}

/**
 * The processes: when the next try comes stands in the row, which is never cut; what is wrong, what to do and
 * how the last life ended under it.
 */
export function processBlocks(
  processes: readonly ProcessInfo[],
  view: ProcessesView,
): { title: Line; blocks: ProcessBlock[] } {
  const table = tableOf(columns(view.now), view.width, { optional: ['MEM', 'CPU', 'PID'], least: 0 });
  const waiting = tableOf(waitingColumns(view), view.width, { optional: [], least: 0 });
  const build = (others: number): ProcessBlock[] =>
    processes.map((process) => {
      const { row } = process.retryAt === null ? table : waiting;
      const selection = view.selection(process.name);
      const most = selection === 'none' ? others : MOST_LINES;
      return { name: process.name, lines: [row(process, selection), ...notes(process, view, most)] };
    });
  const all = build(MOST_LINES);
  const fits = all.reduce((sum, { lines }) => sum + lines.length, 0) <= view.rows;
  return { title: table.title, blocks: fits ? all : build(1) };
}

function columns(now: number): Column<ProcessInfo>[] {
  return [
    {
      title: '',
      width: 1,
      cell: (process) => {
        const look = stateLook(process.state);
        return span(look.glyph, look.tone);
      },
    },
    { title: 'NAME', width: 9, cell: (process) => span(process.name, 'strong') },
    {
      title: 'STATE',
      width: 8,
      cell: (process) => {
        const look = stateLook(process.state);
        return span(look.word, look.tone);
      },
    },
    { title: 'PID', width: 7, align: 'right', cell: ({ pid }) => span(pid === null ? '' : String(pid)) },
    { title: 'CPU', width: 4, align: 'right', cell: ({ cpu }) => span(cpu === null ? '' : percent(cpu)) },
    {
      title: 'MEM',
      width: 4,
      align: 'right',
      cell: ({ memory }) => span(memory === null ? '' : bytes(memory)),
    },
    { title: 'UP', width: 4, align: 'right', cell: ({ since }) => span(age(now - since)) },
  ];
}

/** Without a process there is no use of one: its columns tell when the next one comes. */
function waitingColumns({ now, width }: ProcessesView): Column<ProcessInfo>[] {
  const all = columns(now);
  const lead = width < 43 ? 'try in' : 'next try in';
  return [
    ...all.slice(0, 3),
    {
      title: '',
      width: null,
      cell: ({ retryAt }) => span(`${lead} ${countdown((retryAt ?? now) - now)}`, 'accent'),
    },
    ...all.slice(-1),
  ];
}

function percent(cpu: number): string {
  return `${Math.round(cpu)}%`;
}

function notes(process: ProcessInfo, view: ProcessesView, most: number): Line[] {
  const { finding, restarts } = process;
  const room = view.width - 6;
  const lines: Line[] = [];
  if (finding) {
    const head = [restarts > 0 ? `↻${restarts}` : '', ...finding.message.split('\n')]
      .filter(Boolean)
      .join(' · ');
    lines.push(
      ...wrap(safeText(head), room, most).map((text, i) => hanging(i === 0 ? '└ ' : '  ', text, 'warn')),
    );
    const fix = wrap(safeText(finding.fix), room, most);
    lines.push(...fix.map((text, i) => hanging(i === 0 ? '→ ' : '  ', text, 'strong')));
  } else {
    const said = past(process, view);
    if (view.roomy) said.push(process.detail);
    if (said.length > 0) lines.push(hanging('  ', safeText(said.join(' · ')), 'dim'));
  }
  return lines.map((line) => fitLine(line, view.width));
}

/** Restarts, and for a while how the last life ended: `↻1 12:04:31 ended by SIGKILL`. */
export function past(
  { name, restarts }: ProcessInfo,
  { endings, now }: Pick<ProcessesView, 'endings' | 'now'>,
): string[] {
  const ending = endings.get(name);
  const recent = ending && now - ending.at < ENDING_MS ? ending : null;
  const count = restarts > 0 ? `↻${restarts}` : '';
  const why = recent
    ? `${clockTime(recent.at)} ${recent.text.replace(new RegExp(`^${name} (was )?`), '')}`
    : '';
  const text = [count, why].filter(Boolean).join(' ');
  return text === '' ? [] : [text];
}

function hanging(lead: string, text: string, tone: 'warn' | 'strong' | 'dim'): Line {
  return [span('   '), span(lead, 'dim'), span(text, tone)];
}

/** Whole seconds, rounded up: 0 only when it is due. */
export function countdown(ms: number): string {
  return duration(Math.ceil(Math.max(0, ms) / 1000) * 1000);
}
