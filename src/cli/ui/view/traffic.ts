import type { FrameRow, HubUrls } from '../../../shared/events.ts';
import { bytes } from '../../../shared/text.ts';
import { type Line, type Span, span } from '../cells.ts';
import { millis, preciseTimes, targetMark } from '../words.ts';
import { type Column, type Table, tableOf } from './table.ts';

/** The traffic's table; `screen` is the width of the whole screen, which decides what a narrow one leaves out. */
export function trafficTable(width: number, screen: number): Table<FrameRow> {
  const dropped = screen < 80 ? ['SIZE', 'TAB'] : [];
  const kept = columns(width).filter(({ title }) => !dropped.includes(title));
  return tableOf(kept, width, { optional: ['SIZE', 'TAB', 'MS'], least: 22 });
}

function columns(width: number): Column<FrameRow>[] {
  const time = preciseTimes();
  return [
    { title: 'TIME', width: 12, cell: ({ at }) => span(time(at), 'dim') },
    { title: '', width: 1, cell: direction },
    { title: 'CLIENT', width: width >= 76 ? 12 : 10, cell: sender },
    { title: 'METHOD', width: null, cell: what },
    { title: 'TAB', width: 6, cell: (row) => span(targetMark(row), 'dim') },
    { title: 'MS', width: 5, align: 'right', cell: took },
    { title: 'SIZE', width: 4, align: 'right', cell: (row) => span(bytes(row.bytes), 'dim') },
  ];
}

function direction({ dir, outcome }: FrameRow): Span {
  if (dir === 'command') return span('→', 'accent');
  if (dir === 'event') return span('←', 'dim');
  return outcome === 'ok' || outcome === 'open' ? span('←', 'good') : span('✗', 'bad');
}

/** An event goes to whoever owns the CDP session, unasked: it stands back, and has a dot for its time. */
function sender({ dir, clientName }: FrameRow): Span {
  return dir === 'event' ? span(clientName || '·', 'dim') : span(clientName, 'client');
}

function what({ dir, method, count, outcome }: FrameRow): Span {
  const text = count > 1 ? `${method} ×${count}` : method;
  if (dir === 'answer' && outcome !== 'ok' && outcome !== 'open') return span(text, 'bad');
  return span(text, dir === 'event' ? 'dim' : 'plain');
}

function took({ dir, ms }: FrameRow): Span {
  if (dir === 'event') return span('·', 'dim');
  return ms === null ? span('') : span(millis(ms), ms >= 1000 ? 'warn' : 'plain');
}

/** What an empty traffic pane teaches: how to make traffic. Nothing that is to be copied is ever cut. */
export function emptyTraffic(urls: HubUrls | null, width: number): Line[] {
  if (!urls) {
    return [[], [span('  Nothing yet: the hub is starting. Its addresses appear here.', 'dim')]];
  }
  const gateway = urls.gateway.replace(/\/$/, '');
  const cdp = span(`    ${urls.cdp}`);
  return [
    [],
    [span('  Nothing yet: point a client here.', 'strong')],
    [],
    [span('  An agent: Claude Code, Cursor, VS Code, Codex, Gemini CLI …', 'accent')],
    [span(`    ${urls.mcp}`), span('  or: cdp-hub config', 'dim')],
    [],
    [span('  curl', 'accent')],
    [span(`    curl ${gateway}/execute \\`)],
    [span("      -H 'content-type: application/json' \\")],
    [span(`      -d '{"method":"Browser.getVersion"}'`)],
    [],
    [span('  Puppeteer, Playwright', 'accent')],
    [span(`    puppeteer.connect({ browserURL: '${gateway}' })`)],
    [span(`    chromium.connectOverCDP('${gateway}')`)],
    ...(cdp.width < width ? [[], [span('  Any other CDP client', 'accent')], [cdp]] : []),
  ];
}
