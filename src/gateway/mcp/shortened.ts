import type { Artifacts } from './browser/artifacts.ts';
import type { ToolResult } from './tools/tool.ts';

/** Bytes of an image that an answer may carry: models are shown no larger ones, and clients cut what they get. */
const MAX_IMAGE = 1024 ** 2;

/** An answer as it is sent: what is too large for one lies among the artifacts, with a link and a line about it. */
export async function shortened(result: ToolResult, artifacts: Artifacts): Promise<ToolResult> {
  const { whole, ...rest } = result;
  const large = (result.images ?? []).filter(({ data }) => bytesOf(data) > MAX_IMAGE);
  if (!whole && large.length === 0) return rest;
  const kept = whole ? [await artifacts.put(whole)] : [];
  const lines = kept.map(({ name, size }) => `The whole is the artifact ${name} (${size} bytes): ${READ}.`);
  for (const { data, mimeType } of large) {
    const image = await artifacts.put({ name: 'image', mimeType, data: Buffer.from(data, 'base64') });
    kept.push(image);
    lines.push(`The image is too large to be shown: it is the artifact ${image.name} (${image.size} bytes).`);
  }
  return {
    ...rest,
    text: [result.text, ...lines].join('\n'),
    images: (result.images ?? []).filter((image) => !large.includes(image)),
    links: [...(result.links ?? []), ...kept],
  };
}

const READ = 'read_artifact reads parts of it, resources/read all';

/** Of what this base64 stands for, near enough. */
function bytesOf(base64: string): number {
  return (base64.length / 4) * 3;
}
