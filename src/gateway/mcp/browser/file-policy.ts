import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Artifacts } from './artifacts.ts';
import type { Page } from './puppeteer.ts';
import type { Tab } from './tab.ts';
import { ToolError } from './tool-error.ts';

export interface FileRules {
  /** The folders whose files agents may have, and no others; empty: nobody named any. */
  uploadDirs: readonly string[];
  /** The hub's own, with its tokens and profiles. */
  stateDir: string;
}

export interface FileAt {
  /** Where it really is, behind links. */
  path: string;
  /** Bytes. */
  size: number;
}

/** Milliseconds that a page may take to leave what it must not show: it may ask whether it is to. */
const AWAY = 3000;

/** What tells of the system, and of whom it knows. */
const SYSTEM = ['/proc', '/sys', '/dev', '/etc'];

/**
 * Which files of the hub's machine one session may give to pages, or open in one. Who lets an agent use a browser has
 * not said that a page may talk it into uploading his keys (docs/decisions/0012-files-of-agents.md).
 */
export class FilePolicy {
  readonly #rules: FileRules;
  readonly #artifacts: Artifacts;
  readonly #remote: boolean;

  /** `remote`: the session is of somebody on another machine, whose files these are not. */
  constructor(rules: FileRules, artifacts: Artifacts, remote: boolean) {
    this.#rules = rules;
    this.#artifacts = artifacts;
    this.#remote = remote;
  }

  /** A file to upload, by its absolute path. Rejects where agents may not have it, or there is none. */
  async file(path: string): Promise<FileAt> {
    const again = 'Give the absolute path of a file that the hub can read, or the name of an artifact.';
    if (!isAbsolute(path)) throw new ToolError(`${path} is no absolute path.`, again);
    const refused = () => this.#refusal('upload', path);
    const real = await realpath(path).catch(async (error: unknown) => {
      if (!(await this.#allows(resolve(path)))) throw refused();
      throw new ToolError(
        `${lacking(error) ? 'There is no file' : 'The hub may not read'} ${path}.`,
        again,
        error,
      );
    });
    if (!(await this.#allows(real))) throw refused();
    const found = await stat(real);
    if (!found.isFile()) throw new ToolError(`${path} is no file.`, again);
    await access(real, constants.R_OK).catch((error: unknown) => {
      throw new ToolError(`The hub may not read ${path}.`, again, error);
    });
    return { path: real, size: found.size };
  }

  /** Rejects where it is the address of a file that agents may not have. */
  async url(url: string): Promise<void> {
    if (!isOfFile(url)) return;
    if (!(await this.#allowsUrl(url))) throw this.#refusal('open', url);
  }

  /**
   * Rejects where a page shows what agents may not have, and takes it away from there: the page of one file may go to
   * any other, and show it in a frame or as an image.
   */
  async look(tab: Tab, page: Page): Promise<void> {
    const frames = page.frames().map((frame) => frame.url());
    if (!frames.some(isOfFile)) return;
    const loaded = tab.logs.network.list(false).map(({ url }) => url);
    for (const url of new Set([...frames, ...loaded].filter(isOfFile))) {
      if (await this.#allowsUrl(url)) continue;
      if (!tab.dialog) await page.goto('about:blank', { timeout: AWAY }).catch(() => {});
      throw this.#refusal('open', url);
    }
  }

  async #allowsUrl(url: string): Promise<boolean> {
    let path: string;
    try {
      path = fileURLToPath(url.replace(SOURCE, ''));
    } catch {
      return false;
    }
    // What is not there the browser says itself.
    const real = await realpath(path).catch(() => resolve(path));
    if (!(await this.#allows(real))) return false;
    const found = await stat(real).catch(() => null);
    return found === null || found.isFile() || (found.isDirectory() && this.#rules.uploadDirs.length > 0);
  }

  /** `path`: behind all links. */
  async #allows(path: string): Promise<boolean> {
    const { uploadDirs, stateDir } = this.#rules;
    if (await isIn(path, [this.#artifacts.files])) return true;
    if (this.#remote) return false;
    if (uploadDirs.length > 0) return isIn(path, uploadDirs);
    return (
      !path.split(sep).some((part) => part.startsWith('.')) && !(await isIn(path, [...SYSTEM, stateDir]))
    );
  }

  #refusal(what: 'upload' | 'open', path: string): ToolError {
    const next = this.#remote
      ? "An agent on another machine has the artifacts of its session, and no other files of the hub's machine."
      : 'Ask the person who runs the hub to allow its folder with --upload-dir.';
    return new ToolError(`Agents may not ${what} ${path}.`, next);
  }
}

const SOURCE = /^view-source:/i;

function isOfFile(url: string): boolean {
  return /^file:/i.test(url.replace(SOURCE, ''));
}

/** It lies in one of these folders, or is one. */
async function isIn(path: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const way = relative(await realpath(folder).catch(() => resolve(folder)), path);
    if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return true;
  }
  return false;
}

function lacking(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
