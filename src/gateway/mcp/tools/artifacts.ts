import { download } from './artifacts/download.ts';
import { files } from './artifacts/files.ts';
import { upload } from './artifacts/upload.ts';
import type { Tool } from './tool.ts';

/** The files of a session: what it has, what it gets, and what it gives. */
export const artifacts: readonly Tool[] = [...files, ...download, ...upload];
