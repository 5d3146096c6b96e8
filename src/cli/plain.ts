import { styleText } from 'node:util';
import type { HubErrorData } from '../shared/errors.ts';
import type { ClientInfo, HubEvent, HubUrls, ProcessInfo, ProcessState, Snapshot } from '../shared/events.ts';
import { bytes, duration, oneLine } from '../shared/text.ts';

/** What people read where there is no screen. styleText honours NO_COLOR and a stream that is no terminal. */

const GLYPH: Record<ProcessState, string> = {
  stopped: '○',
  starting: '◐',
  ready: '●',
  attached: '●',
  degraded: '◐',
  backoff: '◐',
  failed: '✗',
  stopping: '◐',
  exited: '○',
};

export function printError(error: HubErrorData, json: boolean): void {
  if (json)
    process.stdout.write(
      `${JSON.stringify({ type: 'error', error: { code: error.code, message: error.message, hint: error.hint } })}\n`,
    );
  process.stderr.write(`${red('cdp-hub:')} ${lines(error.message)}\n  → ${lines(error.hint)}\n`);
}

/** A line for an event, or null for those that only a screen shows. Repeats of a process's state say nothing new. */
export function plainLines(): (event: HubEvent) => string | null {
  const last = new Map<string, string>();
  let progress = '';
  return (event) => {
    switch (event.type) {
      case 'process': {
        const text = processText(event.process);
        if (last.get(event.process.name) === text) return null;
        last.set(event.process.name, text);
        return stamp(event.process.name, text);
      }
      case 'log':
        return stamp(event.source, lines(event.message));
      case 'progress': {
        // A bar is redrawn on a terminal; in a log every tenth says enough.
        const share = event.fraction === null ? '' : ` ${Math.floor(event.fraction * 10) * 10}%`;
        const text = `${event.task}:${share || ` ${lines(event.message)}`}`;
        if (text === progress) return null;
        progress = text;
        return stamp('browser', `${text}${share && event.message ? ` ${lines(event.message)}` : ''}`);
      }
      case 'hub.ready':
        return readyText(event.urls);
      case 'hub.stopping':
        return stamp('hub', `stopping: ${event.reason}`);
      case 'hub.stopped':
        return stamp('hub', 'stopped');
      case 'hub.failed':
        return null;
      case 'answered':
        return stamp('hub', event.yes ? 'answered: yes' : 'answered: no');
      case 'question':
      case 'clients':
      case 'stats':
      case 'traffic':
        return null;
      default:
        return event satisfies never;
    }
  };
}

export function readyText(urls: HubUrls): string {
  return ['cdp-hub is ready', ...addressRows(urls)].join('\n');
}

function addressRows(urls: HubUrls): string[] {
  const rows = [
    ['gateway', urls.gateway, 'curl, Puppeteer browserURL, Playwright connectOverCDP'],
    ['mcp', urls.mcp, 'agents: `cdp-hub config` sets them up'],
    ['cdp', urls.cdp, 'Puppeteer browserWSEndpoint'],
    ['forwarder', urls.forwarder || 'none', 'raw, unisolated'],
    ['browser', urls.browser, ''],
    ...urls.listen.map(({ workspace, url }) => ['listen', url, `workspace ${workspace}`]),
  ];
  return rows.map(([name = '', url = '', what = '']) => `  ${name.padEnd(10)}${url}  ${dim(what)}`.trimEnd());
}

export function statusText(snapshot: Snapshot, now: number): string {
  const head = `cdp-hub ${snapshot.version}, pid ${snapshot.pids.supervisor}, up ${duration(now - snapshot.startedAt)}${snapshot.ready ? '' : ', not ready yet'}`;
  const processes = snapshot.processes.map((process) => `  ${processLine(process, now)}`);
  const clients = snapshot.clients.map((client) => `  ${clientLine(client, now)}`);
  return [
    head,
    ...processes,
    snapshot.clients.length === 0 ? 'no clients' : `clients: ${snapshot.clients.length}`,
    ...clients,
    ...(snapshot.urls ? addressRows(snapshot.urls) : []),
  ].join('\n');
}

function processLine(process: ProcessInfo, now: number): string {
  const usage = [
    process.cpu === null ? '' : `${process.cpu.toFixed(0)}% cpu`,
    process.memory === null ? '' : bytes(process.memory),
    `for ${duration(now - process.since)}`,
    process.restarts > 0 ? `↻${process.restarts}` : '',
  ].filter(Boolean);
  return `${process.name.padEnd(10)}${processText(process)}  ${dim(usage.join(' '))}`;
}

function clientLine(client: ClientInfo, now: number): string {
  const p95 = client.p95 === null ? '' : ` p95 ${client.p95.toFixed(0)} ms`;
  return `${client.id}  ${client.kind} ${oneLine(client.name)}  ${workspaceText(client)}  ${client.requests} requests, ${client.tabs} tabs, ${client.inFlight} in flight${p95}, idle ${duration(now - client.lastSeen)}`;
}

/** Where it works: `workspace alice, tabs`; a workspace that is its own has its id for a name. */
function workspaceText({ id, workspace, isolation }: ClientInfo): string {
  const mode = isolation ?? 'unisolated';
  return workspace === '' || workspace === id ? mode : `workspace ${oneLine(workspace)}, ${mode}`;
}

function processText(process: ProcessInfo): string {
  const pid = process.pid === null ? '' : ` pid ${process.pid}`;
  const finding = process.finding
    ? `\n  ${lines(process.finding.message)}\n  → ${lines(process.finding.fix)}`
    : '';
  return `${GLYPH[process.state]} ${process.state}${pid}  ${oneLine(process.detail)}${finding}`;
}

function stamp(source: string, text: string): string {
  const time = new Date().toTimeString().slice(0, 8);
  return `${dim(time)} ${source.padEnd(10)}${text}`;
}

/** Several lines stay several, each without anything that a terminal would obey. */
function lines(text: string): string {
  return text.split('\n').map(oneLine).join('\n    ');
}

function dim(text: string): string {
  return text && styleText('dim', text);
}

function red(text: string): string {
  return styleText('red', text, { stream: process.stderr });
}
