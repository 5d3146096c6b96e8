import { expect, test } from 'vitest';
import { ClientRegistry } from '../../../src/gateway/clients.ts';
import { Mux } from '../../../src/gateway/mux/mux.ts';
import { Recorder } from '../../../src/gateway/traffic/recorder.ts';
import { Workspaces } from '../../../src/gateway/workspaces.ts';

const MINUTE = 60_000;

interface Command {
  id: number;
  method: string;
  params?: Record<string, unknown>;
  sessionId?: string;
}

/** Workspaces over a written-down browser that gives out R1, T1, S1 and so on. */
function setUp() {
  const time = { now: 0 };
  const clock = { now: () => time.now, wall: () => time.now };
  const recorder = new Recorder(clock);
  const mux = new Mux({ clock, observer: recorder });
  const registry = new ClientRegistry(recorder, () => {});
  const workspaces = new Workspaces(mux, registry, clock);
  const commands: Command[] = [];
  let count = 0;
  const receive = (message: object) => mux.receive(JSON.stringify(message), 1);
  mux.open((text) => {
    const command = JSON.parse(text) as Command;
    commands.push(command);
    count += 1;
    let result: object = {};
    if (command.method === 'Target.attachToBrowserTarget') result = { sessionId: `R${count}` };
    if (command.method === 'Target.createTarget') result = { targetId: `T${count}` };
    if (command.method === 'Target.attachToTarget') {
      result = { sessionId: `S${count}` };
      receive({
        method: 'Target.attachedToTarget',
        params: { sessionId: `S${count}`, targetInfo: { targetId: command.params?.targetId, type: 'page' } },
        sessionId: command.sessionId,
      });
    }
    if (command.method !== 'Hold.it') receive({ id: command.id, result, sessionId: command.sessionId });
  });
  return { time, registry, workspaces, commands, recorder };
}

const call = (method: string, kind: 'tab' | 'browser' = 'tab') => ({
  method,
  params: undefined,
  on: { kind },
  bytes: 1,
});

test('a tab is made at the first command that needs one, in a background window of its own, and kept', async () => {
  const { workspaces, commands, recorder } = setUp();
  const workspace = workspaces.get(null);
  await workspace?.execute(call('Browser.getVersion', 'browser'));
  expect(commands.map(({ method }) => method)).not.toContain('Target.createTarget');
  await Promise.all([workspace?.execute(call('Page.a')), workspace?.execute(call('Page.b'))]);
  const made = commands.filter(({ method }) => method === 'Target.createTarget');
  expect(made.map(({ params }) => params)).toEqual([
    { url: 'about:blank', newWindow: true, background: true },
  ]);
  const pages = commands.filter(({ method }) => method.startsWith('Page.'));
  expect(pages.map(({ method }) => method)).toEqual(['Page.a', 'Page.b']);
  expect(new Set(pages.map(({ sessionId }) => sessionId)).size).toBe(1);
  // What the hub does for the caller is not counted as the caller's.
  expect(recorder.totals.requests).toBe(3);
});

test('callers without a name share the client http, each name has its own', () => {
  const { workspaces, registry } = setUp();
  expect(workspaces.get(null)).toBe(workspaces.get('default'));
  expect(workspaces.get('alice')).not.toBe(workspaces.get(null));
  expect(registry.ids()).toEqual(['http', expect.stringMatching(/^http-[0-9a-f]{32}$/)]);
  expect(registry.all().map(({ identity }) => identity.name)).toEqual(['http', 'alice']);
});

test('30 idle minutes end a workspace and close its tab; a call in flight keeps it', async () => {
  const { time, workspaces, registry, commands } = setUp();
  await workspaces.get('idle')?.execute(call('Page.a'));
  await workspaces.get('busy')?.execute(call('Page.a'));
  const held = workspaces.get('busy')?.execute(call('Hold.it'));
  await expect.poll(() => commands.at(-1)?.method).toBe('Hold.it');
  time.now = 30 * MINUTE - 1;
  workspaces.expire();
  expect(registry.size).toBe(2);
  time.now = 30 * MINUTE;
  workspaces.expire();
  expect(registry.all().map(({ identity }) => identity.name)).toEqual(['busy']);
  const closed = commands.filter(({ method }) => method === 'Target.closeTarget');
  expect(closed).toHaveLength(1);
  registry.all()[0]?.end({ code: 1008, reason: 'cdp-hub: ended by the person who runs the hub' });
  expect((await held)?.error?.message).toBe('cdp-hub: ended by the person who runs the hub');
  expect(registry.size).toBe(0);
});
