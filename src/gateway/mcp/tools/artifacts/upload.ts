import { z } from 'zod';
import { giveFiles } from '../../browser/uploading.ts';
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
    const effects = await context.act(async (signal) => {
      for (const { uid, files } of inputs) {
        signal.throwIfAborted();
        const paths = await Promise.all(files.map((file) => pathOf(context, file)));
        const element = await tab.element(uid);
        // Before it is done: a dialog that comes of it is the answer.
        lines.push(`Gave ${files.join(', ')} to ${tab.snapshots.describe(uid)}.`);
        try {
          await giveFiles(element, `${uid} (${tab.snapshots.describe(uid)})`, paths, signal);
        } finally {
          element.dispose().catch(() => {});
        }
      }
    });
    const left = inputs.length - lines.length;
    if (left > 0) lines.push(`${left} of ${inputs.length} inputs ${left === 1 ? 'was' : 'were'} not tried.`);
    return { text: said(lines.join('\n'), effects) };
  },
});

/** Where a file lies that is named as an artifact, or by its path. */
async function pathOf({ artifacts }: ToolContext, file: string): Promise<string> {
  const name = nameIn(file);
  return (await artifacts.find(name)) || !/^([/\\]|[a-z]:)/i.test(file) ? artifacts.path(name) : file;
}

export const upload: readonly Tool[] = [uploadFiles];
