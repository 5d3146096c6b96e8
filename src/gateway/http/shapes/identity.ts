import { z } from '@hono/zod-openapi';
import { Isolation, WORKSPACE_NAME } from '../../../shared/isolation.ts';

const Name = z.string().regex(WORKSPACE_NAME);

/**
 * Who a caller says it is, for `request` of a route: as every endpoint takes it. It is read by contract/identity.ts before
 * any route sees the request; here it is described.
 */
export const CALLER = {
  headers: z.object({
    'x-client-id': Name.optional().describe('The workspace of the caller, as `workspace` says it.'),
  }),
  query: z.object({
    workspace: Name.optional().describe('The workspace of the caller.'),
    isolation: Isolation.optional().describe(
      'What the workspace shares with the others; absent: what the hub was started with, `context` with a seed.',
    ),
    seed: z
      .string()
      .optional()
      .describe('`DOMAIN,DOMAIN`: sites whose cookies it begins with; `context` alone.'),
    client: z
      .string()
      .optional()
      .describe('What the screen calls the caller, and its workspace where nothing else names one.'),
    token: z.string().optional().describe('The token of the hub, where it has one and no header brings it.'),
  }),
};
