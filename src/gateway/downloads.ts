import { constants } from 'node:fs';
import { access, copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { Files } from './mux/downloads.ts';

/** How many files of one name a folder may hold before that is an error. */
const MAX_SAME = 1000;

/** Extensions of two parts, which a number goes in front of, as Chrome does it (base/files/file_path.cc). */
const DOUBLE = /\.tar\.(?:gz|xz|bz2|bz|z)$/i;

/** The files that the browser has downloaded, where hub and browser share a file system. */
export const files: Files = { move, remove: (path) => rm(path, { force: true }) };

async function move(from: string, toFolder: string, name: string): Promise<string> {
  await access(from).catch(() => {
    throw Object.assign(new Error('the hub does not see it there, as it and the browser share no files'), {
      code: 'NOT_SHARED',
    });
  });
  await mkdir(toFolder, { recursive: true });
  // Under its own name it appears whole or not at all, even from another file system.
  const passage = join(toFolder, `.${crypto.randomUUID()}.crdownload`);
  await bring(from, passage);
  try {
    return await settle(passage, toFolder, name);
  } catch (error) {
    await bring(passage, from);
    throw error;
  }
}

async function bring(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL).catch(async (failure) => {
      await rm(to, { force: true });
      throw failure;
    });
    await rm(from);
  }
}

/** Gives it its name, or the next one that is free: `name (1).ext`. */
async function settle(passage: string, folder: string, name: string): Promise<string> {
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
