import { describe, expect, it } from 'vitest';
import { aptStatus } from '../../../src/supervisor/browser/apt.ts';
import { describe as describeBrowser, reachableFrom } from '../../../src/supervisor/browser/attach.ts';
import { startFailure, tailOf } from '../../../src/supervisor/browser/explain.ts';
import { guidOf } from '../../../src/supervisor/browser/probe.ts';

describe('tailOf', () => {
  it('keeps the last 20 lines, without escapes, blanks and the noise of a missing bus', () => {
    const noise = '[1:2:3/4:ERROR:dbus/bus.cc:405] Failed to connect to the bus: …';
    const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`);
    const text = [
      ...lines,
      noise,
      '',
      'DevTools listening on ws://127.0.0.1:1/x',
      '\u001b[31mred\u0007',
    ].join('\r\n');
    expect(tailOf(text)).toEqual([...lines.slice(-19), 'red·']);
  });
});

describe('startFailure', () => {
  const failure = (code: number | null, stderr: string, path = '/usr/bin/chromium') =>
    startFailure(path, { code, signal: code === null ? 'SIGSEGV' : null, stderrTail: tailOf(stderr) });

  it.each([
    [127, 'chrome: error while loading shared libraries: libnspr4.so: cannot open', /lacks libnspr4\.so/],
    [21, '', /--isolated/],
    [0, 'Opening in existing browser session.', /--isolated/],
    [1, 'FATAL: No usable sandbox!', /user namespaces/],
    [1, 'Missing X server or $DISPLAY', /--headless/],
    [1, 'mkdir: Read-only file system', /CDP_HUB_HOME/],
    [1, 'what ever', /--headless=new --user-data-dir/],
  ])('%s "%s" → %s', (code, stderr, hint) => {
    expect(failure(code, stderr).hint).toMatch(hint);
    expect(failure(code, stderr).message).toContain(`exited with code ${code}`);
  });

  it('names a signal, and says when there are no last words', () => {
    expect(failure(null, '').message).toBe(
      '/usr/bin/chromium was ended by SIGSEGV before it was ready and said nothing',
    );
  });
});

describe('aptStatus', () => {
  it.each([
    ['dlstatus:1:12.5:Retrieving file 3 of 40', { fraction: 0.125, message: 'Retrieving file 3 of 40' }],
    [
      'pmstatus:chromium:48.1818:Unpacking chromium (amd64)',
      { fraction: 0.481818, message: 'Unpacking chromium (amd64)' },
    ],
    ['pmstatus:libc6:amd64:7.5:Installing libc6', { fraction: 0.075, message: 'Installing libc6' }],
    ['Setting up chromium (156.0) ...', null],
    ['E: Unable to locate package chromium', null],
  ])('%s', (line, status) => expect(aptStatus(line)).toEqual(status));
});

describe('reachableFrom', () => {
  it.each([
    [
      'http://10.0.0.7:9222',
      'ws://127.0.0.1:9222/devtools/browser/x',
      'ws://10.0.0.7:9222/devtools/browser/x',
    ],
    ['http://win.example:9224', 'ws://localhost:9222/d/x', 'ws://win.example:9224/d/x'],
    ['https://chrome.example', 'ws://127.0.0.1:9222/d/x', 'wss://chrome.example/d/x'],
    ['http://127.0.0.1:9222', 'ws://127.0.0.1:9222/d/x', 'ws://127.0.0.1:9222/d/x'],
    ['http://lb.example:80', 'ws://node7.example:9222/d/x', 'ws://node7.example:9222/d/x'],
    ['http://[fd00::7]:9222', 'ws://[::1]:9222/d/x', 'ws://[fd00::7]:9222/d/x'],
  ])('%s says %s → %s', (asked, said, expected) => {
    expect(reachableFrom(new URL(asked), said)).toBe(expected);
  });
});

describe('describe', () => {
  it.each([
    ['Chrome/156.0.8078.79', 'Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36', 'Chrome 156'],
    ['Chrome/156.0.1.2', 'Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0', 'Edge 156'],
    ['HeadlessChrome/131.0.1.2', '', 'HeadlessChrome 131'],
  ])('%s', (product, userAgent, title) => {
    expect(describeBrowser({ product, userAgent, wsUrl: 'ws://x/y' })).toBe(title);
  });
});

describe('guidOf', () => {
  it('takes the id of browser addresses alone', () => {
    expect(guidOf('ws://127.0.0.1:9222/devtools/browser/2562426a-6a05')).toBe('2562426a-6a05');
    expect(guidOf('ws://127.0.0.1:9222/devtools/page/ABC')).toBe('');
  });
});
