import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientName } from '../../../../src/gateway/clients.ts';
import { Door, type DoorOptions } from '../../../../src/gateway/door.ts';
import { McpEndpoint, type McpEndpointOptions } from '../../../../src/gateway/mcp/endpoint.ts';
import { Server } from '../../../../src/gateway/server.ts';
import { type Clock, systemClock } from '../../../../src/shared/clock.ts';
import type { SavedSession } from '../../../../src/shared/mcp.ts';
import { FixtureServer } from './fixture-server.ts';

type DoorWishes = Partial<DoorOptions>;
type Wishes = Partial<Pick<McpEndpointOptions, 'idle' | 'saved' | 'clock' | 'check' | 'seat'>>;

/** What stands in front of an MCP server in the hub (door, HTTP server, sessions) with one behind it that needs no browser. */
export class FixtureHub implements Disposable {
  readonly endpoint: McpEndpoint;
  readonly fixture = new FixtureServer();
  draining = false;
  /** How many seats were taken, and left. */
  seats = { taken: 0, left: 0 };
  changes = 0;
  port = 0;
  readonly #artifacts = mkdtempSync(join(tmpdir(), 'cdp-hub-artifacts-'));
  readonly #server: Server;

  private constructor(door: DoorWishes, options: Wishes) {
    const clock: Clock = options.clock ?? systemClock;
    this.endpoint = new McpEndpoint({
      clock,
      idle: 0,
      saved: [],
      version: '1.2.3',
      artifactsDir: this.#artifacts,
      files: { uploadDirs: [], stateDir: this.#artifacts },
      check: () => null,
      seat: ({ name, saved }) => {
        this.seats.taken += 1;
        const id = saved?.client ?? `mcp-${this.seats.taken}`;
        return {
          identity: { id, kind: 'mcp', name: clientName(name, undefined), workspace: id, isolation: 'tabs' },
          shared: false,
          seed: [],
          paused: false,
          absent: null,
          open: () => {
            throw new Error('there is no browser here');
          },
          ready: () => Promise.resolve(null),
          called: () => () => {},
          leave: () => {
            this.seats.left += 1;
          },
        };
      },
      clients: () => [],
      events: () => [],
      onEvent: () => () => {},
      changed: () => {
        this.changes += 1;
      },
      serverOf: this.fixture.make,
      ...options,
    });
    const access: DoorOptions = {
      allowedHosts: [],
      corsOrigins: [],
      rateLimit: null,
      controlToken: 'control',
      token: null,
      ...door,
    };
    const guard = new Door(access, clock, () => null);
    this.#server = new Server({
      door: guard,
      fetch: (request, incoming: IncomingMessage) =>
        this.endpoint.serve(request, incoming, guard.owner(incoming)),
      upgrade: (_, socket) => socket.destroy(),
      draining: () => this.draining,
    });
  }

  static async start(door: DoorWishes = {}, options: Wishes = {}): Promise<FixtureHub> {
    const hub = new FixtureHub(door, options);
    hub.port = (await hub.#server.listen('127.0.0.1', 0)).port;
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  save(): SavedSession[] {
    return this.endpoint.save();
  }

  [Symbol.dispose](): void {
    void this.endpoint.close();
    this.#server.close();
    rmSync(this.#artifacts, { recursive: true, force: true });
  }
}
