import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { EXIT, HubError, messageOf } from '../shared/errors.ts';
import { hasScreen } from './environment.ts';
import { rowLine } from './tail-lines.ts';

/** `cdp-hub view`: the screen over a capture. Throws USAGE where there is none, or no terminal to show it on. */
export async function viewCapture(file: string): Promise<number> {
  if (!hasScreen()) {
    throw new HubError(
      'USAGE',
      'there is no terminal to show it on',
      'A capture is lines of JSON: read them with jq, or run this in a terminal.',
    );
  }
  const { CaptureLink, readCapture } = await import('./ui/capture-link.ts');
  const { runScreen } = await import('./ui/screen.tsx');
  const link = new CaptureLink(file, await readCapture(linesOf(file)));
  const interrupted = Promise.withResolvers<number>();
  const shown = runScreen({
    link,
    owner: false,
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    clock: link.clock,
    tell: rowLine,
    onInterrupt: () => {
      interrupted.resolve(EXIT.interrupted);
      link.close();
    },
  }).then(() => EXIT.ok);
  const code = await Promise.race([interrupted.promise, shown]);
  await shown;
  return code;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8');
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw new HubError(
      'USAGE',
      `${file} cannot be read: ${messageOf(error)}`,
      'Name a file that cdp-hub record wrote.',
      error,
    );
  } finally {
    input.destroy();
  }
}
