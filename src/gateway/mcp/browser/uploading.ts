import { untilAborted } from './lane.ts';
import type { ElementHandle } from './puppeteer.ts';
import { ToolError } from './tool-error.ts';

/** Gives files of the machine to a file input, in the place of those it has. Rejects where it takes none of them. */
export async function giveFiles(
  element: ElementHandle,
  what: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const kind = await element.evaluate((node) => {
    const input = node.closest('label')?.control ?? node;
    return input instanceof HTMLInputElement && input.type === 'file' ? { multiple: input.multiple } : null;
  });
  if (!kind) {
    throw new ToolError(
      `The element ${what} is no file input.`,
      'Call take_snapshot and give the uid of the file input, which may be the button that opens the file dialog.',
    );
  }
  if (paths.length > 1 && !kind.multiple) {
    throw new ToolError(`The file input ${what} takes one file, not ${paths.length}.`, 'Give it one file.');
  }
  const input = await element.evaluateHandle((node) => node.closest('label')?.control ?? node);
  try {
    const { objectId } = input.remoteObject();
    if (objectId === undefined) throw new Error('an element without an object id');
    const files = [...paths];
    await untilAborted(signal, element.frame.client.send('DOM.setFileInputFiles', { files, objectId }));
  } finally {
    input.dispose().catch(() => {});
  }
}
