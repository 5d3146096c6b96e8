import { z } from 'zod';
import { Isolation } from './isolation.ts';

/** What a gateway needs to go on with a session of the one before it. */
export const SavedSession = z.object({
  /** Its `Mcp-Session-Id`. */
  id: z.string(),
  /** Who may use it. */
  owner: z.string(),
  /** The id that others know it by; it is no secret, and not the one above. */
  client: z.string(),
  /** What it is called on the screen. */
  name: z.string(),
  /** The person who runs the hub holds what it sends. */
  paused: z.boolean(),
  /** The parameters of its `initialize`, as far as they matter. */
  params: z.object({
    protocolVersion: z.string(),
    capabilities: z.record(z.string(), z.unknown()),
    clientInfo: z.object({ name: z.string(), version: z.string() }),
  }),
  /** For how long nobody had used it, milliseconds: not the time of day, which goes on while the machine sleeps. */
  idleMs: z.number(),
  /** It has been asked for something, beyond who it is. */
  used: z.boolean(),
  workspace: z.string(),
  /** False: nobody else can have named its workspace, which ends with it. */
  shared: z.boolean(),
  isolation: Isolation.nullable(),
  seed: z.array(z.string()),
  /** The groups of tools as it asked for them; null: the usual ones. */
  tools: z.string().nullable(),
  /** The URIs of the resources that it hears of. */
  subscribed: z.array(z.string()),
  /** The pages that it had, by the numbers that the model knows them by. */
  tabs: z.object({
    pages: z.array(z.object({ pageId: z.number().int(), targetId: z.string(), emulated: z.string() })),
    selected: z.number().int().nullable(),
    /** What took the pages that it had, where the model has not been told yet. */
    lost: z.enum(['browser', 'session']).nullable(),
    /** The number of its latest snapshot. */
    snapshots: z.number().int(),
  }),
});
export type SavedSession = z.infer<typeof SavedSession>;
