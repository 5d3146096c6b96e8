import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { HubError, messageOf } from '../../shared/errors.ts';

const BOM = '\uFEFF';
/** Links that lead in a circle are an end as well; the kernel allows 40. */
const MAX_LINKS = 40;

/** A configuration file as it was read. */
export interface ConfigFile {
  /** As it was named; the backup stands beside it. */
  path: string;
  /** Behind the links; what is written to. */
  real: string;
  /** Without the byte order mark; empty where there is no file. */
  text: string;
  bom: boolean;
  /** Null where there is no file. */
  stat: Stats | null;
}

/** Throws USAGE for what is no file, cannot be read, or is not UTF-8. */
export function readConfigFile(path: string): ConfigFile {
  try {
    const real = behindLinks(path);
    const stat = statSync(real, { throwIfNoEntry: false });
    if (!stat) return { path, real, text: '', bom: false, stat: null };
    if (!stat.isFile()) throw new TypeError('it is no file');
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(real));
    const bom = text.startsWith(BOM);
    return { path, real, text: bom ? text.slice(1) : text, bom, stat };
  } catch (error) {
    const what = error instanceof TypeError && 'code' in error ? 'it is not UTF-8' : messageOf(error);
    throw new HubError(
      'USAGE',
      `${path} cannot be read: ${what}`,
      'Mend it, or name another: --file PATH',
      error,
    );
  }
}

/**
 * Puts the text into the file, all of it or nothing, with the mode and owner that it has; a link stays a link. A file
 * that is not there is made with its folder, for this user alone where it is `secret`. Answers with the backup of what
 * was there before, `FILE.bak` or the next free `FILE.bak.N`; null where nothing was. Throws USAGE.
 */
export function writeConfigFile(
  file: ConfigFile,
  text: string,
  { secret }: { secret: boolean },
): string | null {
  const { path, real, stat, bom } = file;
  try {
    mkdirSync(dirname(real), { recursive: true });
    if (changedSince(file)) throw new Error('it was changed in this moment; run the command again');
    const backup = stat && backUp(real, path);
    const next = join(dirname(real), `.${basename(real)}.${process.pid}.cdp-hub`);
    try {
      writeAll(next, `${bom ? BOM : ''}${text}`, stat, secret);
      renameSync(next, real);
    } finally {
      rmSync(next, { force: true });
    }
    return backup;
  } catch (error) {
    throw new HubError(
      'USAGE',
      `${path} cannot be written: ${messageOf(error)}`,
      'Leave --write out and paste what is printed, or name another file: --file PATH',
      error,
    );
  }
}

/** Clients write to these files as well. */
function changedSince({ real, stat }: ConfigFile): boolean {
  const now = statSync(real, { throwIfNoEntry: false });
  return now?.mtimeMs !== stat?.mtimeMs || now?.size !== stat?.size;
}

function backUp(real: string, path: string): string {
  for (let n = 0; ; n++) {
    const backup = n === 0 ? `${path}.bak` : `${path}.bak.${n}`;
    try {
      copyFileSync(real, backup, constants.COPYFILE_EXCL);
      return backup;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function writeAll(path: string, text: string, stat: Stats | null, secret: boolean): void {
  // One that a killed process left may have any mode, or be a link.
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', stat || secret ? 0o600 : 0o666);
  try {
    writeFileSync(file, text);
    if (stat) {
      if (process.platform !== 'win32' && stat.uid !== process.geteuid?.()) {
        fchownSync(file, stat.uid, stat.gid);
      }
      fchmodSync(file, stat.mode & 0o7777);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Where a link leads, also where nothing is there yet. */
function behindLinks(path: string): string {
  let at = resolve(path);
  for (let n = 0; lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink(); n++) {
    if (n === MAX_LINKS) throw new Error('its links lead in a circle');
    at = resolve(dirname(at), readlinkSync(at));
  }
  return at;
}
