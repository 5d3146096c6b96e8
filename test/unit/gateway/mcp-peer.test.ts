import { expect, test } from 'vitest';
import { Workspace } from '../../../src/gateway/isolation/workspace.ts';
import { McpPeer } from '../../../src/gateway/mcp-peer.ts';
import { Transcript } from './mux/transcript.ts';

/** A peer that nobody has ended. */
function peerOf(t: Transcript): McpPeer {
  const workspace = new Workspace({ name: 'alone', named: true, isolation: 'tabs' });
  const identity = {
    id: 'mcp-1',
    kind: 'mcp' as const,
    name: 'agent',
    workspace: 'alone',
    isolation: 'tabs' as const,
  };
  return new McpPeer(t.mux, identity, workspace, () => {});
}

test('who comes to a pipe that was cut meanwhile is told when it asks for something', async () => {
  const t = new Transcript();
  const peer = peerOf(t);
  const pipe = peer.open();
  t.mux.lost('gone');
  // Whoever hears of it is told in its turn.
  await new Promise((resolve) => setImmediate(resolve));
  let closed = 0;
  pipe.onclose = () => {
    closed += 1;
  };
  pipe.send('{"id":1,"method":"Browser.getVersion"}');
  await expect.poll(() => closed).toBe(1);
});

test('a pipe that another took the place of is void', async () => {
  const t = new Transcript();
  const peer = peerOf(t);
  const [first, second] = [peer.open(), peer.open()];
  const { promise, resolve } = Promise.withResolvers<void>();
  first.onclose = resolve;
  first.send('{"id":1,"method":"Browser.getVersion"}');
  await promise;
  expect(t.sent()).toEqual([]);
  second.send('{"id":2,"method":"Browser.getVersion"}');
  expect(t.sent()).toHaveLength(1);
});
