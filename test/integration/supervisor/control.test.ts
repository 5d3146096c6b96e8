import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from '../../../src/cli/control-client.ts';
import type { ControlRequest } from '../../../src/shared/control.ts';
import { HubError } from '../../../src/shared/errors.ts';
import type { HubEvent, Snapshot } from '../../../src/shared/events.ts';
import { ControlServer, type Peer } from '../../../src/supervisor/control-server.ts';

const SNAPSHOT: Snapshot = {
  version: '0',
  home: '/',
  startedAt: 0,
  ready: false,
  urls: null,
  pids: { supervisor: 1, browser: null, forwarder: null, gateway: null },
  processes: [],
  clients: [],
  stats: null,
  questions: [],
};

const ALL = { filter: '', bodies: false };

let folder: string;
let server: ControlServer;
let requests: ControlRequest[];
let changes: { peers: Peer[]; lostOwner: boolean }[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cdp-hub-control-'));
  requests = [];
  changes = [];
  server = new ControlServer(join(folder, 'control.sock'), {
    handle: async (request, peer) => {
      requests.push(request);
      if (request.op === 'attach') {
        Object.assign(peer, { owner: request.owner, watch: request.traffic ? (request.watch ?? ALL) : null });
        return { snapshot: SNAPSHOT, owner: request.owner };
      }
      if (request.op === 'detach') peer.owner = false;
      if (request.op === 'kill') throw new HubError('NOT_FOUND', 'no such client', 'see status');
      return request.op === 'snapshot' ? SNAPSHOT : {};
    },
    onPeers: (peers, lostOwner) => changes.push({ peers: peers.map((peer) => ({ ...peer })), lostOwner }),
  });
  await server.listen();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const attach = async (owner: boolean, traffic: boolean) => {
  const client = await ControlClient.connect(join(folder, 'control.sock'));
  if (!client) throw new Error('nobody listens');
  await client.attach({ owner, traffic, flags: [] });
  return client;
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe('the control socket', () => {
  it('is the user’s alone', () => {
    expect(statSync(join(folder, 'control.sock')).mode & 0o777).toBe(0o600);
  });

  it('answers each request once, with the result or the error as it was thrown', async () => {
    await using client = await attach(false, false);
    expect(await client.request('snapshot', {})).toEqual(SNAPSHOT);
    await expect(client.kill(['x'])).rejects.toMatchObject({ code: 'NOT_FOUND', hint: 'see status' });
    expect(requests.map(({ id, op }) => [id, op])).toEqual([
      [1, 'attach'],
      [2, 'snapshot'],
      [3, 'kill'],
    ]);
  });

  it('pushes traffic only to those who asked for it', async () => {
    await using screen = await attach(false, true);
    await using lines = await attach(false, false);
    const seen: Record<string, string[]> = { screen: [], lines: [] };
    screen.subscribe((event) => seen.screen?.push(event.type));
    lines.subscribe((event) => seen.lines?.push(event.type));
    server.pushTraffic({ frames: [], exchanges: [] }, ({ filter }) => filter === '');
    server.pushTraffic({ frames: [], exchanges: [], skipped: 1 }, ({ filter }) => filter !== '');
    server.push({ type: 'hub.stopping', reason: 'test' } satisfies HubEvent);
    await until(() => seen.screen?.length === 2 && seen.lines?.length === 1);
    expect(seen).toEqual({ screen: ['traffic', 'hub.stopping'], lines: ['hub.stopping'] });
  });

  it('loses nothing of what happens between a snapshot and the listener made from it', async () => {
    await using client = await attach(false, false);
    server.push({ type: 'hub.stopping', reason: 'first' });
    const refreshed = client.refresh();
    await until(() => requests.at(-1)?.op === 'snapshot');
    server.push({ type: 'hub.stopping', reason: 'second' });
    await refreshed;
    // Whatever was pushed before this answer has arrived with it.
    await client.request('detach', {});
    const seen: string[] = [];
    client.subscribe((event) => event.type === 'hub.stopping' && seen.push(event.reason));
    await until(() => seen.length > 0);
    expect(seen).toEqual(['second']);
  });

  it('tells when an owner goes without detaching, and not when it detached', async () => {
    const leaving = await attach(true, false);
    await leaving.request('detach', {});
    await leaving[Symbol.asyncDispose]();
    await until(() => changes.at(-1)?.peers.length === 0);
    expect(changes.some(({ lostOwner }) => lostOwner)).toBe(false);

    const dying = await attach(true, false);
    await dying[Symbol.asyncDispose]();
    await until(() => changes.at(-1)?.lostOwner === true);
  });

  it.each([
    'not json\n',
    '{"id":1,"op":"format-disk"}\n',
    '{"id":"1","op":"snapshot"}\n',
    `${'x'.repeat(33 * 1024 * 1024)}`,
  ])('hangs up on a peer that speaks something else (%#)', async (garbage) => {
    const socket = connect(join(folder, 'control.sock'));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write(garbage);
    await closed;
    expect(requests).toEqual([]);
  });

  it('fails what is pending when it closes', async () => {
    const client = await attach(false, false);
    const closed = client.closed;
    await server.close();
    await closed;
    await expect(client.request('snapshot', {})).rejects.toMatchObject({ code: 'CONTROL' });
    await server.close().catch(() => {});
  });

  it('is null where nobody listens', async () => {
    expect(await ControlClient.connect(join(folder, 'none.sock'))).toBeNull();
  });
});
