import type { Bodies, ExchangeRow, FrameRow } from '../../../shared/events.ts';
import type { Deck } from './deck.ts';

/**
 * The messages of a row as far as they are kept, secrets masked. Null where the gateway that had them is gone:
 * another numbers its rows from the start again. Rejects where the hub does not answer.
 */
export async function maskedMessages(
  { link, store }: Pick<Deck, 'link' | 'store'>,
  row: ExchangeRow | FrameRow,
): Promise<Bodies | null> {
  if (row.at < store.state.gatewaySince) return null;
  const exchange = 'dir' in row ? row.exchange : row.seq;
  return exchange === null
    ? link.body({ of: 'frame', seq: row.seq, open: false })
    : link.body({ of: 'exchange', seq: exchange, open: false });
}
