import { expect, test } from 'vitest';
import { CallSocket } from '../../../src/gateway/call-socket.ts';
import { HttpCaller } from '../../../src/gateway/http-caller.ts';
import { Workspace } from '../../../src/gateway/isolation/workspace.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { hubOn, WrittenBrowser } from './written-browser.ts';

const HOLD = 'SystemInfo.hold';

/** A socket of `/ws` whose browser never answers {@link HOLD}; `heard` has the ids that were answered. */
function setUp() {
  const browser = new WrittenBrowser();
  browser.silent.add(HOLD);
  const { mux } = hubOn(browser);
  const workspace = new Workspace({ name: 'a', named: false, isolation: 'tabs' });
  const identity = {
    id: 'a',
    kind: 'http' as const,
    name: 'a',
    workspace: 'a',
    isolation: workspace.isolation,
  };
  const caller = new HttpCaller(mux, workspace, { identity, clock: systemClock, onEnd: () => {} });
  const heard: unknown[] = [];
  const calls = new CallSocket({
    socket: { send: (text) => void heard.push(JSON.parse(String(text)).id), deliver: () => {} },
    caller,
    ready: () => null,
    called: () => {},
  });
  const say = (call: object) => calls.receive(JSON.stringify(call), 100);
  return { browser, caller, calls, heard, say };
}

test('a call whose time is up while it waits for room is not kept', async () => {
  const { browser, caller, calls, heard, say } = setUp();
  for (let id = 1; id <= 256; id += 1) say({ id, method: HOLD });
  await expect.poll(() => caller.full).toBe(true);
  for (let id = 1001; id <= 1500; id += 1) say({ id, method: 'SystemInfo.late', timeoutMs: 1 });
  await expect.poll(() => heard.length).toBe(500);
  expect([calls.waiting, calls.inFlight]).toEqual([0, 256]);
  expect(browser.sent('SystemInfo.late')).toEqual([]);
});
