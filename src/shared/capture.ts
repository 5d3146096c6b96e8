import { z } from 'zod';
import { Bodies, ClientInfo, ExchangeRow, FrameRow, HubUrls, ProcessInfo } from './events.ts';

/**
 * A capture is a file of lines, each a JSON document. Rows have the shape in which `cdp-hub tail --json` tells them,
 * with their messages beside them, so that its output is a capture as well: one without a head and without messages.
 */

const FORMAT = 1;

/** The first line: what the hub was when the capture began. */
const CaptureHead = z.object({
  type: z.literal('capture'),
  format: z.literal(FORMAT),
  /** Of the hub that wrote it. */
  version: z.string(),
  /** Milliseconds since the epoch. */
  at: z.number(),
  /** What chose the rows, in the language of docs/filter.md; empty: everything. */
  filter: z.string(),
  urls: HubUrls.nullable(),
  processes: z.array(ProcessInfo),
  clients: z.array(ClientInfo),
});
export type CaptureHead = z.infer<typeof CaptureHead>;

/** The messages of a row, with secrets masked; absent where none was kept. A command's are with its exchange. */
const Messages = { bodies: Bodies.optional() };

/** An exchange that was open comes again, same `seq`, when its outcome is known: the later line is the one that counts. */
const CaptureRow = z.discriminatedUnion('type', [
  z.object({ type: z.literal('exchange'), ...ExchangeRow.shape, ...Messages }),
  z.object({ type: z.literal('message'), ...FrameRow.shape, ...Messages }),
]);
export type CaptureRow = z.infer<typeof CaptureRow>;

/** What the hub was from this moment on, milliseconds since the epoch. */
const CaptureState = z.object({
  type: z.literal('state'),
  at: z.number(),
  processes: z.array(ProcessInfo),
  clients: z.array(ClientInfo),
});

const CaptureLine = z.discriminatedUnion('type', [
  CaptureHead,
  CaptureRow,
  CaptureState,
  /** So many rows passed here that were too many to tell. */
  z.object({ type: z.literal('skipped'), rows: z.number().int() }),
]);
export type CaptureLine = z.infer<typeof CaptureLine>;

/** The first line of a capture, or any of the others, without its end. */
export function captureLine(line: CaptureLine): string {
  return JSON.stringify(line);
}

export function captureHead(head: Omit<CaptureHead, 'type' | 'format'>): CaptureHead {
  return { type: 'capture', format: FORMAT, ...head };
}

/** A row as a capture has it; messages of which none is there are left out. */
export function captureRow(row: ExchangeRow | FrameRow, bodies: Bodies | null): CaptureRow {
  const some = bodies && (bodies.command || bodies.answer || bodies.event);
  const beside = some ? { bodies } : {};
  return 'dir' in row ? { type: 'message', ...row, ...beside } : { type: 'exchange', ...row, ...beside };
}

/** What a line of a file is; null where it is none of a capture's lines, or of a format that is not known here. */
export function readCaptureLine(text: string): CaptureLine | null {
  try {
    return CaptureLine.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
