import type {
  ClientIdentity,
  Exchange,
  ExchangeEnd,
  ObservedAnswer,
  ObservedEvent,
} from '../../../../src/gateway/contract/observer.ts';
import { Recorder, type RecorderOptions } from '../../../../src/gateway/traffic/recorder.ts';
import type { Wish } from '../../../../src/gateway/traffic/watchers.ts';
import type { TrafficBatch } from '../../../../src/shared/events.ts';

export const ALICE: ClientIdentity = {
  id: 'a',
  kind: 'cdp',
  name: 'alice',
  workspace: 'a',
  isolation: 'tabs',
};
export const BOB: ClientIdentity = { id: 'b', kind: 'http', name: 'bob', workspace: 'b', isolation: 'tabs' };

/** A recorder whose time is set by the test. */
export function recording(options: RecorderOptions = {}) {
  const time = { now: 0 };
  const recorder = new Recorder({ now: () => time.now, wall: () => 1_000_000 + time.now }, options);
  let last = 0;
  const open = (
    method: string,
    { client = ALICE, params, ...of }: Partial<Exchange> & { params?: object } = {},
  ): Exchange => {
    last += 1;
    const exchange: Exchange = {
      client,
      id: last,
      method,
      sessionId: undefined,
      target: 'T',
      bytes: 10,
      arrived: time.now,
      sent: null,
      returned: null,
      note: undefined,
      ...of,
    };
    recorder.opened(exchange, params, bodyOf({ id: last, method, params }));
    return exchange;
  };
  const close = (exchange: Exchange, end: ExchangeEnd, answer: Partial<ObservedAnswer> = {}, result = {}) =>
    recorder.closed(exchange, end, {
      error: null,
      bytes: 3,
      body: bodyOf({ id: exchange.id, result }),
      ...answer,
    });
  const event = (method: string, of: Partial<ObservedEvent> = {}, client = ALICE, params: object = {}) =>
    recorder.event(client, {
      method,
      target: 'T',
      sessionId: 'S',
      bytes: 7,
      body: bodyOf({ method, params }),
      ...of,
    });
  const bodyOf = (message: object) =>
    recorder.bodyLimit > 0 ? JSON.stringify(message).slice(0, recorder.bodyLimit) : null;
  /** Somebody who watches; `told` has what came at the last tick. */
  const watch = (wish: Partial<Wish> = {}) => {
    const batches: TrafficBatch[] = [];
    const stop = recorder.watch({
      matches: null,
      bodies: false,
      take: (batch) => void batches.push(structuredClone(batch)),
      ...wish,
    });
    return { stop, told: () => batches.splice(0) };
  };
  return { recorder, time, open, close, event, watch };
}
