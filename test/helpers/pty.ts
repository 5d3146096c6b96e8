import { type ChildProcess, spawn } from 'node:child_process';
import xterm from '@xterm/headless';
import { BIN, type Home, until } from './hub.ts';

/**
 * `cdp-hub` on a real pseudo-terminal, which util-linux's script(1) opens: keys go in, and what a terminal of
 * this size would show comes out.
 */
export class Pty implements AsyncDisposable {
  readonly exit: Promise<number | null>;
  readonly #script: ChildProcess;
  readonly terminal: xterm.Terminal;

  constructor(home: Home, args: string[], { columns = 120, rows = 35 } = {}) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const quoted = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
    const command = `stty rows ${rows} cols ${columns}; exec ${quoted}`;
    this.#script = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { ...home.env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
      cwd: home.path,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#script.stdout?.on('data', (chunk: Buffer) => this.terminal.write(chunk));
    this.exit = new Promise((resolve) => this.#script.once('close', resolve));
  }

  get pid(): number {
    return this.#script.pid ?? 0;
  }

  get alternate(): boolean {
    return this.terminal.buffer.active.type === 'alternate';
  }

  /** What is on the screen now. */
  text(): string {
    const { active } = this.terminal.buffer;
    const rows = Array.from({ length: this.terminal.rows }, (_, y) => active.getLine(active.baseY + y));
    return rows.map((row) => (row?.translateToString(true) ?? '').trimEnd()).join('\n');
  }

  async shows(text: string | RegExp, ms = 20_000): Promise<void> {
    try {
      await until(`the screen shows ${text}`, () => this.text().search(text) !== -1, ms);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.text()}`);
    }
  }

  type(keys: string): void {
    this.#script.stdin?.write(keys);
  }

  /** The terminal goes away, as when its window is closed. */
  close(): void {
    this.#script.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#script.kill('SIGTERM');
    await this.exit;
    this.terminal.dispose();
  }
}
