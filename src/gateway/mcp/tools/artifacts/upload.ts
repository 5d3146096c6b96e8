import { z } from 'zod';
import type { Frame } from '../../browser/puppeteer.ts';
import { giveFiles } from '../../browser/uploading.ts';
import { withElement } from '../core/act.ts';
import { said } from '../said.ts';
import { ACTS, pageTool, type Tool, type ToolContext } from '../tool.ts';
import { nameIn } from './files.ts';

const uploadFiles = pageTool({
  name: 'upload_files',
  title: 'Upload files',
  description:
    'Gives files to file inputs, several files and several inputs at once: artifacts, or files by their paths.',
  input: z.object({
    inputs: z
      .array(
        z.object({
          uid: z.string().describe('The uid of a file input, or of what opens its file dialog.'),
          files: z
            .array(z.string())
            .min(1)
            .max(100)
            .describe('Names or URIs of artifacts, or absolute paths.'),
        }),
      )
      .min(1)
      .max(50),
  }),
  annotations: ACTS,
  run: async (context, { inputs }) => {
    const { tab } = context;
    const lines: string[] = [];
    const frames: Frame[] = [];
    // All of them, before any is given.
    const asked = await Promise.all(
      inputs.map(async ({ uid, files }) => ({
        uid,
        files,
        paths: await Promise.all(files.map((file) => pathOf(context, file))),
      })),
    );
    const effects = await context.act(
      async (signal) => {
        for (const { uid, files, paths } of asked) {
          signal.throwIfAborted();
          const name = tab.snapshots.describe(uid);
          await withElement(tab, uid, async (element) => {
            frames.push(element.frame);
            // Before it is done: a dialog that comes of it is the answer.
            lines.push(`Gave ${files.join(', ')} to ${name}.`);
            await giveFiles(element, `${uid} (${name})`, paths, signal);
          });
        }
      },
      { frame: frames },
    );
    const left = inputs.length - lines.length;
    if (left > 0) lines.push(`${left} of ${inputs.length} inputs ${left === 1 ? 'was' : 'were'} not tried.`);
    return { text: said(lines.join('\n'), effects) };
  },
});

/** Where a file lies that is named as an artifact, or by its path. */
async function pathOf({ artifacts, files }: ToolContext, file: string): Promise<string> {
  const name = nameIn(file);
  const named = (await artifacts.find(name)) || !/^([/\\]|[a-z]:)/i.test(file);
  return (await files.file(named ? await artifacts.path(name) : file)).path;
}

export const upload: readonly Tool[] = [uploadFiles];
