import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, type Home, until } from './hub.ts';

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A shell in a tmux of its own, which draws what a terminal of people draws; keys go in as they are typed. */
export class Tmux implements Disposable {
  readonly #home: Home;
  readonly #socket: string;

  constructor(home: Home, { columns = 120, rows = 35 } = {}) {
    this.#home = home;
    this.#socket = join(home.path, 'tmux');
    const size = ['-x', String(columns), '-y', String(rows)];
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, 'env PS1=PROMPT\\> sh');
  }

  /** Runs a command line of cdp-hub in the shell. */
  run(...args: string[]): void {
    this.#tmux('send-keys', '-l', [process.execPath, BIN, ...args].join(' '));
    this.#tmux('send-keys', 'Enter');
  }

  type(keys: string): void {
    this.#tmux('send-keys', '-l', keys);
  }

  /** By tmux's names: `Enter`, `Escape`, `C-c`. */
  press(...names: string[]): void {
    this.#tmux('send-keys', ...names);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What stands on the screen. */
  text(): string {
    return this.#tmux('capture-pane', '-p');
  }

  /** What a terminal is left with: `alternate` screen, cursor, and whether the shell's line is echoed. */
  get state(): { alternate: boolean; cursor: boolean; echo: boolean } {
    const [alternate, cursor, tty = ''] = this.#tmux(
      'display-message',
      '-p',
      '#{alternate_on} #{cursor_flag} #{pane_tty}',
    )
      .trim()
      .split(' ');
    const modes = execFileSync('stty', ['-a', '-F', tty], { encoding: 'utf8' });
    return { alternate: alternate === '1', cursor: cursor === '1', echo: /(^|\s)echo(\s|$)/m.test(modes) };
  }

  /** The pid of what the shell runs. */
  get child(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0]);
  }

  async shows(text: string | RegExp, ms = 30_000): Promise<string> {
    try {
      await until(`tmux shows ${text}`, () => this.text().search(text) !== -1, ms);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.text()}`);
    }
    return this.text();
  }

  [Symbol.dispose](): void {
    spawnSync('tmux', ['-S', this.#socket, 'kill-server']);
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], {
      encoding: 'utf8',
      cwd: this.#home.path,
      env: { ...this.#home.env, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
  }
}
