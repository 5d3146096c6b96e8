import type { StateFolder } from '../../shared/state-folder.ts';
import { commandLine } from './command-line.ts';
import { groupGone, killGroup } from './process-group.ts';
import { removeTemporary } from './profile.ts';
import { dropRecord, readRecord, recordLives } from './record.ts';

/** How long a browser whose supervisor died may take to end by itself: Chrome needs about 2 s. Milliseconds. */
const DYING = 4000;

/**
 * Ends what this state folder's hub launched last, where it still lives: its supervisor is gone (there is one
 * per state folder), so nobody would ever close it. Removes its temporary profile. Returns what was done.
 */
export async function clearLast(state: StateFolder, dyingMs = DYING): Promise<string[]> {
  const record = readRecord(state.browserRecord);
  if (!record) return [];
  const notes: string[] = [];
  // Beyond Linux a start time tells nothing: only a process with our profile on its command line is ours to end.
  if (recordLives(record) && commandLine(record.pid).includes(record.profile)) {
    if (!(await groupGone(record.pid, dyingMs))) {
      killGroup(record.pid, 'SIGKILL');
      await groupGone(record.pid, dyingMs);
      notes.push(`the browser of an earlier run was still there (pid ${record.pid}): ended`);
    }
  }
  await removeTemporary({ path: record.profile, temporary: record.temporary });
  dropRecord(state.browserRecord);
  return notes;
}
