import { z } from 'zod';
import { Secrets } from '../../../../shared/secrets/secrets.ts';
import type { NetworkEntry } from '../../browser/network-entry.ts';
import type { NetworkLog } from '../../browser/network-log.ts';
import type { SocketFrame } from '../../browser/socket-log.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { type PageContext, pageTool, READS } from '../tool.ts';
import { requestLine } from './request-words.ts';
import { Words } from './words.ts';

/** Frames that are said, characters of one, and milliseconds that are waited, where nobody asks for other numbers. */
const FRAMES = 50;
const CHARS = 1000;
const WAIT = 15_000;

interface Heard {
  entry: NetworkEntry;
  frame: SocketFrame;
}

export const monitorWebSocket = pageTool({
  name: 'monitor_websocket',
  title: 'Monitor WebSocket',
  description:
    'WebSockets of the page since its last navigation and the latest frames on them, secrets masked; with wait_for, waits for the next frames instead.',
  input: z.object({
    reqid: z.number().int().optional().describe('Only this one, as list_network_requests shows it.'),
    direction: z.enum(['sent', 'received']).optional(),
    wait_for: z.number().int().min(1).max(500).optional().describe('How many frames to wait for.'),
    timeout: z
      .number()
      .int()
      .min(1)
      .max(300_000)
      .optional()
      .describe(`Milliseconds to wait. Default: ${WAIT}.`),
    limit: z.number().int().min(1).max(500).optional().describe(`Frames to show. Default: ${FRAMES}.`),
    max_chars: z.number().int().min(1).max(10_000).optional().describe(`Of each. Default: ${CHARS}.`),
  }),
  annotations: READS,
  dialog: true,
  run: async (context, { reqid, direction, wait_for, timeout = WAIT, limit = FRAMES, max_chars = CHARS }) => {
    const { network } = context.tab.logs;
    const words = new Words(new Secrets());
    const sockets = socketsOf(network, reqid, context.tab.id);
    const fits = ({ entry, frame }: Heard) =>
      (reqid === undefined || entry.id === reqid) &&
      (direction === undefined || frame.error || frame.sent === (direction === 'sent'));
    if (wait_for !== undefined) {
      const heard = await next(context, network, wait_for, timeout, fits);
      const said =
        heard.length < wait_for
          ? `${heard.length} of ${wait_for} frames came in ${timeout / 1000} s.`
          : `${heard.length} ${heard.length === 1 ? 'frame' : 'frames'}:`;
      const lines = [said, ...heard.map((each) => frameLine(each, words, max_chars))];
      return { text: [...lines, ...words.note].join('\n') };
    }
    if (sockets.length === 0) return { text: 'The page has opened no WebSocket since its last navigation.' };
    const frames = sockets
      .flatMap((entry) => (entry.socket?.frames ?? []).map((frame) => ({ entry, frame })))
      .filter(fits)
      .sort((a, b) => a.frame.at - b.frame.at);
    const shown = frames.slice(-limit);
    const lines = [
      ...sockets.map((entry) => `${requestLine(entry)}, ${entry.socket?.count ?? 0} frames`),
      ...(shown.length < frames.length ? [`The latest ${shown.length} of ${frames.length} frames:`] : []),
      ...shown.map((each) => frameLine(each, words, max_chars)),
    ];
    return { text: [...lines, ...words.note].join('\n') };
  },
});

function socketsOf(network: NetworkLog, reqid: number | undefined, pageId: number): NetworkEntry[] {
  if (reqid === undefined) return network.list(false).filter(({ socket }) => socket !== null);
  const entry = network.get(reqid);
  if (entry?.socket) return [entry];
  throw new ToolError(
    entry ? `The request ${reqid} is no WebSocket.` : `There is no request ${reqid} of page ${pageId}.`,
    'Call monitor_websocket without a reqid to see what there is.',
  );
}

/** The next frames, or as many as came in that time. */
function next(
  { signal, progress }: PageContext,
  network: NetworkLog,
  count: number,
  timeout: number,
  fits: (heard: Heard) => boolean,
): Promise<Heard[]> {
  const heard: Heard[] = [];
  const over = AbortSignal.timeout(timeout);
  return new Promise<Heard[]>((resolve, reject) => {
    const end = network.onFrame((entry, frame) => {
      if (!fits({ entry, frame })) return;
      heard.push({ entry, frame });
      progress(heard.length, count, `${heard.length} of ${count} frames`);
      if (heard.length >= count) done();
    });
    const done = () => {
      end();
      over.removeEventListener('abort', done);
      signal.removeEventListener('abort', cancelled);
      resolve(heard);
    };
    const cancelled = () => {
      end();
      reject(signal.reason);
    };
    over.addEventListener('abort', done, { once: true });
    signal.addEventListener('abort', cancelled, { once: true });
  });
}

function frameLine({ entry, frame }: Heard, words: Words, max: number): string {
  const { n, sent, text, binary, error, length } = frame;
  const what = error ? 'failed:' : `${sent ? 'sent' : 'received'}${binary ? ' binary, in base64:' : ':'}`;
  const said = binary ? text : words.text(text);
  const cut =
    said.length > max || text.length < length
      ? `… cut at ${Math.min(said.length, max)} of ${length} characters`
      : '';
  return `reqid=${entry.id} #${n} ${what} ${said.slice(0, max)}${cut}`;
}
