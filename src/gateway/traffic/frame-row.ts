import type { FrameRow } from '../../shared/events.ts';

/** What a frame has of the exchange that it is a part of, or of its event. */
export type Framed = Omit<FrameRow, 'seq' | 'at' | 'dir' | 'exchange' | 'bytes' | 'count'>;

/** A row of one message. `of` may have more than the row takes. */
export function frameRow(
  of: Framed,
  own: Pick<FrameRow, 'seq' | 'at' | 'dir' | 'exchange' | 'bytes'>,
): FrameRow {
  return {
    seq: own.seq,
    at: own.at,
    dir: own.dir,
    client: of.client,
    clientName: of.clientName,
    method: of.method,
    id: of.id,
    exchange: own.exchange,
    target: of.target,
    tab: of.tab,
    sessionId: of.sessionId,
    url: of.url,
    outcome: of.outcome,
    ms: of.ms,
    error: of.error,
    code: of.code,
    bytes: own.bytes,
    count: 1,
  };
}
