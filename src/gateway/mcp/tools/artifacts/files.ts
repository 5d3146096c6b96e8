import { z } from 'zod';
import { nameInUri } from '../../browser/artifacts.ts';
import { isText } from '../../browser/mime.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { type Annotations, sessionTool, type Tool } from '../tool.ts';
import { matchesGlob } from './glob.ts';

/** Characters of a text that are said where nobody asks for another number. */
const CHARS = 20_000;

/** Bytes of a file that is neither text nor image that are said. */
const BINARY = 64 * 1024;

/** Bytes of an image that is shown. */
const IMAGE = 1024 ** 2;

const SHOWN: readonly string[] = ['image/png', 'image/jpeg', 'image/webp'];

const OWN: Annotations = { readOnlyHint: true, openWorldHint: false };

export const NAME = z.string().describe('The name of an artifact, or its URI.');

const listArtifacts = sessionTool({
  name: 'list_artifacts',
  title: 'List artifacts',
  description:
    'Lists the files of this session, newest first: screenshots, downloads, results too large to be said.',
  input: z.object({
    pattern: z.string().max(200).optional().describe('Only these names, e.g. *.pdf'),
    limit: z.number().int().min(1).max(1000).optional().describe('How many. Default: 100.'),
  }),
  annotations: OWN,
  run: async ({ artifacts }, { pattern = '*', limit = 100 }) => {
    const all = (await artifacts.list()).filter(({ name }) => matchesGlob(pattern, name)).reverse();
    if (all.length === 0)
      return { text: pattern === '*' ? 'There are no artifacts.' : `There is no ${pattern}.` };
    const lines = all
      .slice(0, limit)
      .map(
        ({ name, mimeType, size, created }) =>
          `${name} (${mimeType}, ${size} bytes, ${new Date(created).toISOString()})`,
      );
    const more = all.length > limit ? [`… and ${all.length - limit} more`] : [];
    return { text: [...lines, ...more].join('\n') };
  },
});

const readArtifact = sessionTool({
  name: 'read_artifact',
  title: 'Read artifact',
  description: 'Reads a file of this session: a text or a part of it, an image, other small files in base64.',
  input: z.object({
    name: NAME,
    offset: z.number().int().min(0).optional().describe('Of a text: characters to skip.'),
    limit: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe(`Of a text: characters. Default: ${CHARS}.`),
  }),
  annotations: OWN,
  run: async ({ artifacts }, { name: given, offset = 0, limit = CHARS }) => {
    const { artifact, data } = await artifacts.read(nameIn(given));
    const { name, mimeType, size } = artifact;
    if (isText(mimeType)) return { text: part(name, data.toString(), offset, limit) };
    const head = `${name} (${mimeType}, ${size} bytes)`;
    if (SHOWN.includes(mimeType) && size <= IMAGE) {
      return { text: head, images: [{ data: data.toString('base64'), mimeType }] };
    }
    if (size <= BINARY) return { text: `${head}, in base64:\n${data.toString('base64')}` };
    const path = await artifacts.path(name);
    return {
      text: `${head} is too large to be said. It lies at ${path} on the hub's machine.`,
      links: [artifact],
    };
  },
});

const deleteArtifacts = sessionTool({
  name: 'delete_artifacts',
  title: 'Delete artifacts',
  description:
    'Deletes files of this session: those named, and those that match a pattern or an age, or both.',
  input: z.object({
    names: z.array(NAME).optional(),
    pattern: z.string().max(200).optional().describe('E.g. *.png; * is all.'),
    older_than: z.number().min(0).optional().describe('Minutes.'),
  }),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run: async ({ artifacts }, { names = [], pattern, older_than }) => {
    if (names.length === 0 && pattern === undefined && older_than === undefined) {
      throw new ToolError(
        'It was not said what to delete.',
        'Call delete_artifacts with names, a pattern or older_than; the pattern * means all.',
      );
    }
    const named = names.map(nameIn);
    const before = Date.now() - (older_than ?? 0) * 60_000;
    const found = (await artifacts.list()).filter(
      ({ name, created }) =>
        (pattern !== undefined || older_than !== undefined) &&
        matchesGlob(pattern ?? '*', name) &&
        created <= before,
    );
    const gone = await artifacts.delete([...named, ...found.map(({ name }) => name)]);
    const missing = named.filter((name) => !gone.includes(name));
    const left = (await artifacts.list()).length;
    return {
      text: [
        gone.length === 0 ? 'Nothing was deleted.' : `Deleted ${gone.length}: ${brief(gone)}.`,
        ...(missing.length > 0 ? [`There is no ${brief(missing)}.`] : []),
        `${left} ${left === 1 ? 'artifact is' : 'artifacts are'} left.`,
      ].join('\n'),
    };
  },
});

/** The name that is meant: a name, or the URI of one. */
export function nameIn(given: string): string {
  return nameInUri(given) ?? given;
}

function part(name: string, text: string, offset: number, limit: number): string {
  const end = Math.min(offset + limit, text.length);
  if (offset === 0 && end === text.length) return text;
  const shown = text.slice(offset, end);
  const next = end < text.length ? ` Go on with offset ${end}.` : '';
  return `${shown}\n… characters ${Math.min(offset, end)} to ${end} of ${text.length} of ${name}.${next}`;
}

function brief(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}

export const files: readonly Tool[] = [listArtifacts, readArtifact, deleteArtifacts];
