import { z } from 'zod';
import { pageTool, READS, type Tool } from '../tool.ts';

/** Characters of a snapshot that are said where nobody asks for another number: some 8,000 tokens. */
const MAX_CHARS = 30_000;

const takeSnapshot = pageTool({
  name: 'take_snapshot',
  title: 'Take snapshot',
  description:
    'The page as text, from its accessibility tree, frames included. Each element has a uid, which other tools take. Prefer it to a screenshot.',
  input: z.object({
    verbose: z.boolean().optional().describe('Also elements that carry no meaning.'),
    diff: z.boolean().optional().describe('Only what has changed since the last snapshot.'),
    max_chars: z.number().int().min(500).max(1_000_000).optional().describe(`Default: ${MAX_CHARS}.`),
  }),
  annotations: READS,
  run: async ({ tab, page, signal }, { verbose = false, diff = false, max_chars = MAX_CHARS }) => {
    const options = { verbose, diff, maxChars: max_chars };
    const { text, whole, cut } = await tab.snapshots.take(page, options, signal);
    if (!cut) return { text };
    return {
      text: `${text}\n… cut at ${max_chars} of ${whole.length} characters. Call take_snapshot with a larger max_chars, or find_elements.`,
      whole: { name: `snapshot of page ${tab.id}.txt`, mimeType: 'text/plain', data: whole },
    };
  },
});

export const look: readonly Tool[] = [takeSnapshot];
