import { z } from 'zod';
import type { Artifact } from '../../browser/artifacts.ts';
import { sessionOf } from '../../browser/internals.ts';
import { untilAborted } from '../../browser/lane.ts';
import { ready } from '../../browser/ready.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { type PageContext, pageTool, READS, type Tool } from '../tool.ts';
import { withElement } from './act.ts';

/** Bytes of a picture that are said; models pay for what is larger and see no more in it. */
const MAX_BYTES = 1_000_000;

/** Pixels on a side: beyond that the browser draws nothing. */
const MAX_SIDE = 16_000;

/** Part of a document, CSS pixels. */
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

type Format = 'png' | 'jpeg' | 'webp';

const takeScreenshot = pageTool({
  name: 'take_screenshot',
  title: 'Take screenshot',
  description:
    'A picture of what is in view, of the whole page, or of an element. To act on the page, prefer take_snapshot.',
  input: z.object({
    uid: z.string().optional().describe('An element; not with fullPage.'),
    fullPage: z.boolean().optional(),
    format: z.enum(['png', 'jpeg', 'webp']).optional().describe('Default: png.'),
    quality: z.number().int().min(0).max(100).optional().describe('Of jpeg and webp.'),
    maxWidth: z
      .number()
      .int()
      .min(16)
      .max(10_000)
      .optional()
      .describe('Pixels; what is wider is scaled down.'),
  }),
  annotations: READS,
  run: async (context, { uid, fullPage = false, format = 'png', quality, maxWidth }) => {
    if (uid !== undefined && fullPage) {
      throw new ToolError('uid and fullPage exclude each other.', 'Give one of them.');
    }
    const { box, ratio } = await boxOf(context, uid, fullPage);
    const notes: string[] = [];
    const height = Math.min(box.height, MAX_SIDE / ratio);
    if (height < box.height) notes.push(`The first ${Math.round(height)} px of ${Math.round(box.height)}.`);
    const shot = { box: { ...box, height }, ratio, beyond: fullPage || uid !== undefined };
    let taken = await capture(context, shot, format, quality, maxWidth);
    let mimeType = `image/${format}`;
    const links: Artifact[] = [];
    if (taken.length > MAX_BYTES) {
      notes.push(`As ${format} it has ${size(taken)} and is an artifact: this is a smaller JPEG.`);
      links.push(await context.artifacts.put({ name: `screenshot.${format}`, mimeType, data: taken }));
      taken = await capture(context, shot, 'jpeg', 70, Math.min(maxWidth ?? 1200, 1200));
      mimeType = 'image/jpeg';
    }
    if (taken.length > 4 * MAX_BYTES) {
      throw new ToolError(
        `The picture has ${size(taken)}.`,
        'Call take_screenshot with a smaller maxWidth, or of an element.',
      );
    }
    const what =
      uid === undefined
        ? fullPage
          ? 'the whole page'
          : 'what is in view'
        : context.tab.snapshots.describe(uid);
    return {
      text: [`A picture of ${what}, ${size(taken)}.`, ...notes].join(' '),
      images: [{ data: taken.toString('base64'), mimeType }],
      links,
    };
  },
});

function size(bytes: Buffer): string {
  return `${Math.ceil(bytes.length / 1000)} kB`;
}

async function boxOf(
  context: PageContext,
  uid: string | undefined,
  fullPage: boolean,
): Promise<{ box: Box; ratio: number }> {
  const { tab, signal } = context;
  if (uid === undefined) return layout(context, fullPage);
  return withElement(tab, uid, async (element) => {
    await ready(element, `${uid} (${tab.snapshots.describe(uid)})`, signal, { enabled: false, hit: false });
    // Where it is now that it is in view.
    const [{ box: view, ratio }, own] = await Promise.all([
      layout(context, false),
      untilAborted(signal, element.boundingBox()),
    ]);
    if (!own)
      throw new ToolError(`The element ${uid} has no box.`, 'Call take_snapshot to see what is there.');
    return { box: { ...own, x: own.x + view.x, y: own.y + view.y }, ratio };
  });
}

async function layout(
  { page, signal }: PageContext,
  fullPage: boolean,
): Promise<{ box: Box; ratio: number }> {
  const session = sessionOf(page);
  const [metrics, ratio] = await untilAborted(
    signal,
    Promise.all([session.send('Page.getLayoutMetrics'), page.evaluate(() => devicePixelRatio)]),
  );
  if (fullPage) return { box: metrics.cssContentSize, ratio };
  const { pageX, pageY, clientWidth, clientHeight } = metrics.cssVisualViewport;
  return { box: { x: pageX, y: pageY, width: clientWidth, height: clientHeight }, ratio };
}

/** By the session of the page, which brings it neither to the front nor waits for that. */
async function capture(
  { page, signal }: PageContext,
  { box, ratio, beyond }: { box: Box; ratio: number; beyond: boolean },
  format: Format,
  quality: number | undefined,
  maxWidth: number | undefined,
): Promise<Buffer> {
  const scale = Math.min(1, (maxWidth ?? Number.POSITIVE_INFINITY) / (box.width * ratio));
  const taking = sessionOf(page).send('Page.captureScreenshot', {
    format,
    ...(format !== 'png' && quality !== undefined && { quality }),
    ...((beyond || scale < 1) && { clip: { ...box, scale } }),
    captureBeyondViewport: beyond,
    optimizeForSpeed: true,
  });
  return Buffer.from((await untilAborted(signal, taking)).data, 'base64');
}

export const pictures: readonly Tool[] = [takeScreenshot];
