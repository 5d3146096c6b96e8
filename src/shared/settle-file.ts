import { link, open, rename, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';

/** How many files of one name a folder may hold before that is an error. */
const MAX_SAME = 1000;

/** Extensions of two parts, which a number goes in front of, as Chrome does it (base/files/file_path.cc). */
const DOUBLE = /\.tar\.(?:gz|xz|bz2|bz|z)$/i;

/**
 * Gives a file its name in a folder of the same file system, or the next one that is free, `name (1).ext`: it appears
 * there whole or not at all, and nothing that is there is replaced. Resolves with the path; rejects as Node does.
 */
export async function settle(passage: string, folder: string, name: string): Promise<string> {
  const extension = DOUBLE.exec(name)?.[0] ?? parse(name).ext;
  const stem = name.slice(0, name.length - extension.length);
  for (let i = 0; i < MAX_SAME; i += 1) {
    const path = join(folder, i === 0 ? name : `${stem} (${i})${extension}`);
    if (await take(passage, path)) return path;
  }
  throw new Error(`${folder} holds ${MAX_SAME} files of the name ${name}`);
}

/** False where something of that name is there already. */
async function take(passage: string, path: string): Promise<boolean> {
  const linked = await done(link(passage, path));
  if (linked === 'EEXIST') return false;
  if (linked === true) {
    await rm(passage);
    return true;
  }
  // A file system without links: the name is taken first, and then filled.
  const taken = await done(open(path, 'wx').then((file) => file.close()));
  if (taken === 'EEXIST') return false;
  await rename(passage, path);
  return true;
}

/** True, or the code of the error. */
async function done(work: Promise<unknown>): Promise<true | string> {
  return work.then(
    () => true as const,
    (error) => codeOf(error) ?? String(error),
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
