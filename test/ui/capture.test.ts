import { afterEach, expect, test, vi } from 'vitest';
import { rowLine } from '../../src/cli/tail-lines.ts';
import { CaptureLink, readCapture } from '../../src/cli/ui/capture-link.ts';
import { runScreen } from '../../src/cli/ui/screen.tsx';
import { captureHead, captureLine, captureRow } from '../../src/shared/capture.ts';
import { aBody, aClient, aFrame, anExchange, aProcess, aSnapshot, NOW } from './helpers/hub.ts';
import { FakeTerminal } from './helpers/terminal.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

const { urls, processes, clients } = aSnapshot();
const bodies = {
  command: aBody({ method: 'Page.navigate', params: { secret: '<masked>' } }),
  answer: null,
  event: null,
};
const LINES = [
  captureLine(captureHead({ version: '0.1.0', at: NOW - 60_000, filter: '', urls, processes, clients })),
  captureLine(captureRow(anExchange(1, { at: NOW - 50_000, outcome: 'open', ms: null }), null)),
  captureLine(captureRow(anExchange(1, { at: NOW - 50_000 }), bodies)),
  captureLine(captureRow(aFrame(1, { at: NOW - 50_000, exchange: 1, url: 'http://one.test/' }), null)),
  '{"type":"from the future"}',
  'no JSON at all',
  captureLine({
    type: 'state',
    at: NOW - 40_000,
    processes: processes.map((each) => (each.name === 'gateway' ? aProcess('gateway', { pid: 9 }) : each)),
    clients: [aClient('late')],
  }),
  captureLine(captureRow(aFrame(1, { at: NOW - 30_000, exchange: 1, method: 'Page.afterRestart' }), null)),
  captureLine(captureRow(anExchange(1, { at: NOW - 30_000, method: 'Page.afterRestart' }), null)),
];

let terminal: FakeTerminal | null = null;
let link: CaptureLink | null = null;
let shown: Promise<unknown> = Promise.resolve();
afterEach(async () => {
  link?.close();
  await shown;
  terminal?.dispose();
});

async function open(lines: string[] = LINES): Promise<FakeTerminal> {
  const made = new FakeTerminal(140, 40);
  const of = new CaptureLink('/captures/bug.ndjson', await readCapture(lines));
  [terminal, link] = [made, of];
  const { stdin, stdout } = made;
  shown = runScreen({
    link: of,
    owner: false,
    env: {},
    stdin,
    stdout,
    clock: of.clock,
    tell: rowLine,
    onInterrupt: () => {},
  });
  await made.until('CAPTURE');
  await made.until('Page.afterRestart');
  return made;
}

test('a file is shown as a hub is: rows, clients and processes as they were at its end', async () => {
  const { text, rows } = await open().then((t) => ({ text: t.text(), rows: t.rows() }));
  expect(rows[0]).toContain('CAPTURE  12:04:01');
  expect(text).toContain('Page.method1 ');
  expect(text).toMatch(/[●○] late/);
  expect(text).toMatch(/gateway +ready +9 /);
  // A gateway that was started anew counts from 1 again: none of its rows takes another's place.
  expect(text).toMatch(/#1 playwright +Page\.method1 +✓/);
  expect(text).toMatch(/#2 playwright +Page\.afterRestart +✓/);
});

test('messages, the filter, and the way back in time are there', async () => {
  const screen = await open();
  const press = async (keys: string, until: string | RegExp) => {
    screen.type(keys);
    await screen.until(until);
  };
  await press('3k\r', '"<masked>"');
  await press('\u001b', '┏━ 3 Requests');
  await press('/text:masked\r', 'Traffic  / text:masked');
  await screen.until(() => !/afterRestart +✓/.test(screen.text()));
  await press('\u001b', /afterRestart +✓/);
  await press('4 [', /▸12:03:41\.000/);
  expect(screen.text()).toMatch(/[●○] claude-1/);
  expect(screen.rows()[0]).toContain('12:03:41');
});

test('nothing in it can be acted on, which is said; q leaves without a question', async () => {
  const screen = await open();
  screen.type('2p');
  await screen.until('this is a capture: nothing in it can be acted on');
  screen.type('q');
  await expect(shown).resolves.toMatchObject({ end: 'detach' });
});

test('what tail --json writes has no head, and is one too; anything else is none', async () => {
  const rows = LINES.filter((line) => !line.includes('"type":"capture"') && !line.includes('"type":"state"'));
  expect((await readCapture(rows)).frames).toHaveLength(1);
  await expect(readCapture(['{"type":"hub.ready"}', ''])).rejects.toMatchObject({ code: 'USAGE' });
});
