import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileNameOf } from '../../../shared/file-name.ts';
import { settle } from '../../../shared/settle-file.ts';
import { bareMime, mimeOf, withExtension } from './mime.ts';
import { ToolError } from './tool-error.ts';

/** What one session may keep; the oldest goes first. */
export const KEPT = { bytes: 1024 ** 3, files: 1000 } as const;

/** Bytes of a file that are read into memory at once. */
const MAX_READ = 64 * 1024 ** 2;

/** What an answer says of a file: in the form of a `resource_link` (MCP 2025-11-25, server/tools). */
export interface Artifact {
  uri: string;
  name: string;
  mimeType: string;
  /** Bytes. */
  size: number;
}

export interface Listed extends Artifact {
  /** Unix milliseconds. */
  created: number;
}

/** A file that is being written; it is no artifact until it is finished. */
export interface Writing {
  write(chunk: Buffer): Promise<void>;
  finish(): Promise<Artifact>;
  abort(): Promise<void>;
}

interface Entry {
  mimeType: string;
  size: number;
  created: number;
}

/**
 * The files of one session: screenshots, downloads, and what was too large to be said. They lie in a folder of the
 * session's own, which is made at first use and goes with the session. What is asked for by name is looked up among
 * what there is, so no name leads out of it.
 */
export class Artifacts {
  readonly #folder: string;
  readonly #kept: { bytes: number; files: number };
  readonly #changed = new Set<(name: string) => void>();
  #index: Promise<Map<string, Entry>> | null = null;
  #notes: string[] = [];
  #ended = false;

  /** `root`: where all sessions have their folders; `session`: its id. */
  constructor(root: string, session: string, kept: { bytes: number; files: number } = KEPT) {
    this.#folder = join(root, folderOf(session));
    this.#kept = kept;
  }

  /** The folder that they lie in once they are whole. */
  get files(): string {
    return join(this.#folder, 'files');
  }

  /** Where the browser puts what is on its way; made where it is missing. */
  async incoming(): Promise<string> {
    await this.#load();
    return join(this.#folder, 'incoming');
  }

  /** Calls back with the name of each that comes or goes; what it returns ends that. */
  onChange(hear: (name: string) => void): () => void {
    this.#changed.add(hear);
    return () => this.#changed.delete(hear);
  }

  /** What the model has to know of what went, told once. */
  takeNotes(): string[] {
    return this.#notes.splice(0);
  }

  /** Keeps it, under that name or the next that is free. Rejects where it is larger than all that may be kept. */
  async put({
    name,
    mimeType,
    data,
  }: {
    name: string;
    mimeType: string;
    data: Buffer | string;
  }): Promise<Artifact> {
    const writing = await this.create(name, mimeType);
    await writing.write(typeof data === 'string' ? Buffer.from(data) : data);
    return writing.finish();
  }

  /** Begins a file that comes in parts. */
  async create(name: string, mimeType: string): Promise<Writing> {
    const path = join(await this.incoming(), `.${randomUUID()}`);
    const file = await full(open(path, 'wx', 0o600));
    let size = 0;
    const abort = async () => {
      await file.close().catch(() => {});
      await rm(path, { force: true });
    };
    return {
      abort,
      write: async (chunk) => {
        size += chunk.length;
        if (size > this.#kept.bytes) {
          await abort();
          throw tooLarge(name, this.#kept.bytes);
        }
        try {
          await full(writeAll(file, chunk));
        } catch (error) {
          await abort();
          throw error;
        }
      },
      finish: async () => {
        await file.close();
        return this.#settle(path, withExtension(fileNameOf(name), mimeType), bareMime(mimeType), size);
      },
    };
  }

  /** Takes what the browser has put into {@link incoming}; null where the hub does not find it there. */
  async adopt(path: string, name: string): Promise<Artifact | null> {
    const own = join(await this.incoming(), basename(path));
    const found = path === own ? await lstat(own).catch(() => null) : null;
    if (!found?.isFile()) return null;
    if (found.size > this.#kept.bytes) {
      await rm(own, { force: true });
      throw tooLarge(name, this.#kept.bytes);
    }
    await chmod(own, 0o600);
    const safe = fileNameOf(name);
    return this.#settle(own, safe, mimeOf(safe), found.size);
  }

  /** Oldest first. */
  async list(): Promise<Listed[]> {
    const index = await this.#load();
    return [...index].map(([name, { mimeType, size, created }]) => ({
      uri: uriOf(name),
      name,
      mimeType,
      size,
      created,
    }));
  }

  /** Null where there is none of that name. */
  async find(name: string): Promise<Artifact | null> {
    const entry = (await this.#load()).get(name);
    return entry ? { uri: uriOf(name), name, mimeType: entry.mimeType, size: entry.size } : null;
  }

  /** Where it lies, on the machine that the hub runs on. Rejects where there is none of that name. */
  async path(name: string): Promise<string> {
    if ((await this.#load()).has(name)) return this.#pathOf(name);
    throw unknown(name);
  }

  /** Rejects where there is none of that name, or it is larger than what is read at once. */
  async read(name: string): Promise<{ artifact: Artifact; data: Buffer }> {
    const artifact = await this.find(name);
    if (!artifact) throw unknown(name);
    if (artifact.size > MAX_READ) {
      throw new ToolError(
        `${name} has ${artifact.size} bytes, of which no more than ${MAX_READ} can be read here.`,
        `It lies at ${this.#pathOf(name)} on the hub's machine.`,
      );
    }
    const file = await open(this.#pathOf(name), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      return { artifact, data: await file.readFile() };
    } finally {
      await file.close();
    }
  }

  /** Removes those of these names that there are, and returns them. */
  async delete(names: readonly string[]): Promise<string[]> {
    const index = await this.#load();
    const gone = [...new Set(names)].filter((name) => index.delete(name));
    await Promise.all(gone.map((name) => rm(this.#pathOf(name), { force: true })));
    for (const name of gone) this.#tell(name);
    return gone;
  }

  /** The session has ended: everything goes. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#changed.clear();
    await this.#index?.catch(() => {});
    await rm(this.#folder, { recursive: true, force: true });
  }

  #pathOf(name: string): string {
    return join(this.files, name);
  }

  async #settle(from: string, name: string, mimeType: string, size: number): Promise<Artifact> {
    const index = await this.#load();
    const path = await full(settle(from, this.files, name));
    if (this.#ended) {
      await rm(this.#folder, { recursive: true, force: true });
      throw ended();
    }
    const given = basename(path);
    index.set(given, { mimeType, size, created: Date.now() });
    await this.#makeRoom(index);
    this.#tell(given);
    return { uri: uriOf(given), name: given, mimeType, size };
  }

  async #makeRoom(index: Map<string, Entry>): Promise<void> {
    let bytes = [...index.values()].reduce((sum, { size }) => sum + size, 0);
    const gone: string[] = [];
    for (const [name, { size }] of index) {
      if (index.size <= this.#kept.files && bytes <= this.#kept.bytes) break;
      index.delete(name);
      bytes -= size;
      gone.push(name);
    }
    if (gone.length === 0) return;
    await Promise.all(gone.map((name) => rm(this.#pathOf(name), { force: true })));
    for (const name of gone) this.#tell(name);
    const { files, bytes: most } = this.#kept;
    const which =
      gone.length > 5 ? `${gone.slice(0, 5).join(', ')} and ${gone.length - 5} more` : gone.join(', ');
    this.#notes.push(
      `A session keeps ${files} files and ${most} bytes: the oldest were deleted to make room: ${which}.`,
    );
  }

  /** What lies there from before is taken up: the gateway may have been restarted. */
  #load(): Promise<Map<string, Entry>> {
    if (this.#ended) return Promise.reject(ended());
    this.#index ??= this.#read().catch((error: unknown) => {
      this.#index = null;
      throw error;
    });
    return this.#index;
  }

  async #read(): Promise<Map<string, Entry>> {
    const folder = this.files;
    for (const each of [this.#folder, folder, join(this.#folder, 'incoming')]) await ownFolder(each);
    const found = await Promise.all(
      (await readdir(folder)).map(async (name) => ({ name, stat: await lstat(join(folder, name)) })),
    );
    const entries = found
      .filter(({ stat }) => stat.isFile())
      .map(({ name, stat }): [string, Entry] => [
        name,
        { mimeType: mimeOf(name), size: stat.size, created: stat.mtimeMs },
      ])
      .sort(([, one], [, other]) => one.created - other.created);
    return new Map(entries);
  }

  #tell(name: string): void {
    for (const hear of this.#changed) hear(name);
  }
}

/** Removes the folders of sessions that are none of these: what an earlier gateway has left. */
export async function clearArtifacts(root: string, sessions: readonly string[]): Promise<void> {
  const kept = new Set(sessions.map(folderOf));
  const there = await readdir(root).catch(() => []);
  const gone = there.filter((name) => /^[0-9a-f]{32}$/.test(name) && !kept.has(name));
  await Promise.all(gone.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

/** The name of an artifact by its URI; null where that is another's. */
export function nameInUri(uri: string): string | null {
  const prefix = uriOf('');
  if (!uri.startsWith(prefix)) return null;
  try {
    return decodeURIComponent(uri.slice(prefix.length));
  } catch {
    return null;
  }
}

/** How an artifact is named in links and resources. */
export function uriOf(name: string): string {
  return `cdp-hub://artifacts/${encodeURIComponent(name)}`;
}

/** An id of a session is nothing to be found on a disk. */
function folderOf(session: string): string {
  return createHash('sha256').update(session).digest('hex').slice(0, 32);
}

/** Makes a folder that is ours alone; rejects where something else has its place. */
async function ownFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const stat = await lstat(path);
  if (stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid())) return;
  throw new ToolError(`${path} is not a folder of the hub's own.`, 'Tell the person who runs the hub.');
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
}

/** As the work, but a full disk is said in words. */
async function full<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new ToolError(
      "The disk of the hub's machine is full.",
      'Call delete_artifacts to make room, and repeat the call.',
      error,
    );
  }
}

function tooLarge(name: string, most: number): ToolError {
  return new ToolError(
    `${name} is larger than the ${most} bytes that a session may keep.`,
    'Get a smaller one, or a part of it.',
  );
}

function unknown(name: string): ToolError {
  return new ToolError(
    `There is no artifact ${JSON.stringify(name.slice(0, 200))}.`,
    'Call list_artifacts to see what there is.',
  );
}

function ended(): ToolError {
  return new ToolError('This session has ended, and its artifacts with it.', 'Initialize a new session.');
}
