import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import type { FileAt } from '../../browser/file-policy.ts';
import { documentEnded, elementOf, frameIdOf, sessionOf, sessionOfFrame } from '../../browser/internals.ts';
import { untilAborted } from '../../browser/lane.ts';
import type { ElementHandle, Page } from '../../browser/puppeteer.ts';
import { ready } from '../../browser/ready.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { said } from '../said.ts';
import { ACTS, pageTool, type Tool } from '../tool.ts';
import { INCLUDE_SNAPSHOT, UID, withElement, withSnapshot } from './act.ts';

/** Bytes in all that are sent to a browser on another machine. */
const MAX_SENT = 20_000_000;

/** Milliseconds for a file chooser to open after a click. */
const CHOOSER = 3000;

const uploadFile = pageTool({
  name: 'upload_file',
  title: 'Upload file',
  description: 'Gives files to an <input type=file>, or to what opens a file chooser when it is clicked.',
  input: z.object({
    uid: UID,
    filePaths: z.array(z.string().min(1)).min(1).max(100).describe("Absolute paths, on the hub's machine."),
    includeSnapshot: INCLUDE_SNAPSHOT,
  }),
  annotations: ACTS,
  run: async (context, { uid, filePaths, includeSnapshot = false }) => {
    const { tab, page } = context;
    const name = tab.snapshots.describe(uid);
    const files = await Promise.all(filePaths.map((path) => context.files.file(path)));
    return withElement(tab, uid, async (element) => {
      const input = await inputOf(element);
      let held: string[] = [];
      const effects = await context.act(
        async (signal) => {
          held = input
            ? await give(signal, input, files)
            : await choose(page, signal, { element, uid, name }, files);
        },
        { frame: element.frame },
      );
      const text = effects.dialog ? `Gave the files to ${name}.` : `${name} has ${held.join(', ')} now.`;
      return withSnapshot(context, { text: said(text, effects) }, includeSnapshot, effects);
    });
  },
});

/** The input that an element is, stands for as a label, or has in it. */
async function inputOf(element: ElementHandle): Promise<ElementHandle | null> {
  const handle = await element.evaluateHandle((each) => {
    const control = each instanceof HTMLLabelElement ? each.control : each;
    if (control instanceof HTMLInputElement) return control.type === 'file' ? control : null;
    const inner = each.querySelectorAll('input[type=file]');
    return inner.length === 1 ? inner[0] : null;
  });
  return handle.asElement() as ElementHandle | null;
}

/** Resolves with the names that the input holds then. */
async function give(signal: AbortSignal, input: ElementHandle, files: readonly FileAt[]): Promise<string[]> {
  const several = await input.evaluate((each) => (each as HTMLInputElement).multiple);
  if (files.length > 1 && !several) throw new ToolError('The field takes one file.', 'Give one path.');
  const { objectId } = input.remoteObject();
  const paths = files.map(({ path }) => path);
  await untilAborted(
    signal,
    sessionOfFrame(input.frame).send('DOM.setFileInputFiles', {
      files: paths,
      ...(objectId && { objectId }),
    }),
  );
  try {
    // A browser on another machine takes the names and has nothing behind them.
    const sizes = await untilAborted(signal, input.evaluate(readable));
    if (files.some(({ size }, index) => sizes[index] !== size)) await send(signal, input, files);
    return await input.evaluate((each) =>
      [...((each as HTMLInputElement).files ?? [])].map(({ name }) => name),
    );
  } catch (error) {
    // A form that is sent as soon as it has its files: to give them again would send it twice.
    if (documentEnded(error) || input.frame.detached) return paths.map((path) => basename(path));
    throw error;
  }
}

/** Runs in the page: how much can be read of each file; -1: nothing. */
function readable(input: Element): Promise<number[]> {
  const files = [...((input as HTMLInputElement).files ?? [])];
  return Promise.all(
    files.map((file) =>
      file
        .slice(0, 1)
        .arrayBuffer()
        .then(
          () => file.size,
          () => -1,
        ),
    ),
  );
}

async function send(signal: AbortSignal, input: ElementHandle, files: readonly FileAt[]): Promise<void> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_SENT) {
    throw new ToolError(
      `The browser does not see the files: it runs on another machine, and ${Math.ceil(bytes / 1e6)} MB are too much to send.`,
      `Up to ${MAX_SENT / 1e6} MB can be sent. Put the files where the browser runs, under the same paths.`,
    );
  }
  const contents = await Promise.all(
    files.map(async ({ path }) => ({
      name: basename(path),
      data: (await readFile(path)).toString('base64'),
    })),
  );
  await untilAborted(signal, input.evaluate(putFiles, contents));
}

/** Runs in the page. */
function putFiles(input: Element, contents: { name: string; data: string }[]): void {
  const transfer = new DataTransfer();
  for (const { name, data } of contents) {
    transfer.items.add(new File([Uint8Array.from(atob(data), (each) => each.charCodeAt(0))], name));
  }
  (input as HTMLInputElement).files = transfer.files;
  for (const event of ['input', 'change']) input.dispatchEvent(new Event(event, { bubbles: true }));
}

/** Clicks what opens a file chooser, which is not shown. */
async function choose(
  page: Page,
  signal: AbortSignal,
  { element, uid, name }: { element: ElementHandle; uid: string; name: string },
  files: readonly FileAt[],
): Promise<string[]> {
  const { x, y } = await ready(element, `${uid} (${name})`, signal);
  const input = await opened(page, element, signal, () => page.mouse.click(x, y));
  if (!input) {
    throw new ToolError(
      `${name} did not open a file chooser.`,
      'Use the uid of an <input type=file>: find_elements with css "input[type=file]" finds those that are hidden, too.',
    );
  }
  return give(signal, input, files);
}

/** The input that asks for files; null where none does. A person who clicks there later sees the chooser again. */
async function opened(
  page: Page,
  { frame }: ElementHandle,
  signal: AbortSignal,
  click: () => Promise<void>,
): Promise<ElementHandle | null> {
  const sessions = [...new Set([sessionOf(page), sessionOfFrame(frame)])];
  const intercept = (enabled: boolean) =>
    Promise.all(sessions.map((each) => each.send('Page.setInterceptFileChooserDialog', { enabled })));
  let hear = (_: { frameId: string; backendNodeId?: number }) => {};
  const asked = new Promise<ElementHandle | null>((resolve) => {
    hear = ({ frameId, backendNodeId }) => {
      const at = page.frames().find((each) => frameIdOf(each) === frameId);
      resolve(at && backendNodeId !== undefined ? elementOf(at, backendNodeId) : null);
    };
  });
  for (const each of sessions) each.on('Page.fileChooserOpened', hear);
  try {
    await untilAborted(signal, intercept(true));
    await untilAborted(signal, click());
    return await untilAborted(AbortSignal.any([signal, AbortSignal.timeout(CHOOSER)]), asked);
  } catch {
    signal.throwIfAborted();
    return null;
  } finally {
    for (const each of sessions) each.off('Page.fileChooserOpened', hear);
    intercept(false).catch(() => {});
  }
}

export const uploads: readonly Tool[] = [uploadFile];
