import { constants } from 'node:fs';
import { access, copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { settle } from '../shared/settle-file.ts';
import type { Files } from './mux/downloads.ts';

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

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
