import { expect, test } from 'vitest';
import { EventStreams } from '../../../src/gateway/http/events.ts';
import { EventLog } from '../../../src/gateway/traffic/event-log.ts';
import { recording } from './traffic/recording.ts';

/** Streams of a recorder, without a server: what they are told is counted. */
function setUp() {
  const { recorder, open, close } = recording();
  const watching = new Set<object>();
  const cuts: number[] = [];
  const streams = new EventStreams({
    events: new EventLog(),
    traffic: {
      latest: () => recorder.latest,
      since: (frame) => recorder.since(frame, null),
      observe: (_filter, take) => {
        const stop = recorder.watch({ matches: null, bodies: false, take });
        watching.add(take);
        return () => {
          stop();
          watching.delete(take);
        };
      },
    },
  });
  const app = streams.route(() => void cuts.push(1));
  const get = async (from?: string): Promise<Response> =>
    app.request('/api/v2/events?traffic=1', {
      headers: { ...(from !== undefined && { 'last-event-id': from }) },
    });
  return { open, close, watching, cuts, get };
}

/** What has come by now, without waiting for more. */
async function begin(answer: Response): Promise<string> {
  const reader = answer.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value as Uint8Array);
}

test('a stream goes on though all that it missed is more than may lie unread', async () => {
  const { open, close, watching, cuts, get } = setUp();
  const [, id = ''] = /^id: (.*)$/m.exec(await begin(await get())) ?? [];
  expect(watching.size).toBe(0);
  for (let n = 0; n < 6000; n += 1) {
    const url = `https://${'é'.repeat(300)}.example/${n}`;
    close(open('A.a', { params: { url } }), 'error', { error: { code: 1, message: 'é'.repeat(300) } });
  }
  const answer = await get(id);
  expect([cuts.length, watching.size]).toEqual([0, 1]);
  expect(await begin(answer)).toContain('event: start');
  expect(watching.size).toBe(0);
});
