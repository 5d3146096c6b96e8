import { createRoute, z } from '@hono/zod-openapi';
import { StreamEvent } from '../../../shared/program-events.ts';
import { refusals } from './refusal.ts';

export const EVENTS = createRoute({
  method: 'get',
  path: '/api/v2/events',
  tags: ['Control'],
  summary: 'What happens to the hub, as it happens',
  description: `Server-sent events: \`event\` is the type, \`data\` the event as JSON. The stream begins with \`start\`. Every
event has an \`id\`; sent back as \`Last-Event-ID\`, which an EventSource does by itself, the stream goes on from there.
Where that cannot be, \`gap\` says so. A comment comes every 15 s; whoever does not read is let go.`,
  request: {
    query: z.object({
      traffic: z
        .enum(['0', '1'])
        .optional()
        .describe('`1`: the rows of what passes as well, ten times a second.'),
      filter: z.string().optional().describe('Which rows, in the filter language; absent: all.'),
    }),
    headers: z.object({
      'last-event-id': z.string().optional().describe('The `id` of the last event that was heard.'),
    }),
  },
  responses: {
    200: { description: 'The stream.', content: { 'text/event-stream': { schema: StreamEvent } } },
    ...refusals(400, 401, 429, 503),
  },
});
