import type { ProcessInfo } from '../../../shared/events.ts';
import { bytes, duration } from '../../../shared/text.ts';
import { fitLine, type Line, safeText, span, wrap } from '../cells.ts';
import { stateLook } from '../theme.ts';
import { age } from '../words.ts';
import { type Column, type Selection, tableOf } from './table.ts';

/** Most lines that the selected process's finding and its fix take each; the others' take one. */
const SELECTED_LINES = 2;

/** A process and the lines under it. */
export interface ProcessBlock {
  readonly name: string;
  readonly lines: readonly Line[];
}

/**
 * The processes with what is wrong, what to do and when the next try comes under their rows; `roomy`: the
 * quiet ones say what they are there.
 */
export function processBlocks(
  processes: readonly ProcessInfo[],
  view: { width: number; now: number; roomy: boolean; selection: (name: string) => Selection },
): { title: Line; blocks: ProcessBlock[] } {
  const table = tableOf(columns(view.now), view.width, { optional: ['MEM', 'CPU', 'PID'], least: 0 });
  const blocks = processes.map((process) => ({
    name: process.name,
    lines: [table.row(process, view.selection(process.name)), ...notes(process, view)],
  }));
  return { title: table.title, blocks };
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

function percent(cpu: number): string {
  return `${Math.round(cpu)}%`;
}

function notes(
  process: ProcessInfo,
  view: { width: number; now: number; roomy: boolean; selection: (name: string) => Selection },
): Line[] {
  const most = view.selection(process.name) === 'none' ? 1 : SELECTED_LINES;
  const room = view.width - 6;
  const lines: Line[] = [];
  const said: string[] = [];
  if (process.restarts > 0) said.push(`↻${process.restarts}`);
  const retry = process.retryAt === null ? '' : ` · next try in ${countdown(process.retryAt - view.now)}`;
  if (process.finding) {
    const head = `${said.map((word) => `${word} · `).join('')}${process.finding.message}${retry}`;
    lines.push(
      ...wrap(safeText(head), room, most).map((text, i) => hanging(i === 0 ? '└ ' : '  ', text, 'warn')),
    );
    const fix = wrap(safeText(process.finding.fix), room, most);
    lines.push(...fix.map((text, i) => hanging(i === 0 ? '→ ' : '  ', text, 'strong')));
  } else {
    if (view.roomy || retry) said.unshift(process.detail);
    if (said.length > 0) lines.push(hanging('  ', safeText(said.join(' · ') + retry), 'dim'));
  }
  return lines.map((line) => fitLine(line, view.width));
}

function hanging(lead: string, text: string, tone: 'warn' | 'strong' | 'dim'): Line {
  return [span('   '), span(lead, 'dim'), span(text, tone)];
}

function countdown(ms: number): string {
  return duration(Math.ceil(Math.max(0, ms) / 1000) * 1000);
}
