import { createRoute, z } from '@hono/zod-openapi';
import { json } from './api.ts';
import { CALLER } from './identity.ts';
import { refusals } from './refusal.ts';

/** How long a command may take, milliseconds. */
export const TIMEOUT_MS = { default: 30_000, most: 600_000 } as const;

export const ExecuteBody = z
  .strictObject({
    id: z.union([z.string(), z.number()]).optional().describe('Comes back in the answer; absent: a number.'),
    method: z.string().min(1).max(200).describe('A method of the DevTools Protocol.'),
    params: z.record(z.string(), z.unknown()).optional(),
    targetId: z
      .string()
      .min(1)
      .optional()
      .describe('An own target that it goes to, in place of the own tab.'),
    sessionId: z.string().min(1).optional().describe('An own session that it goes to. Not with targetId.'),
    timeoutMs: z
      .number()
      .int()
      .min(1)
      .max(TIMEOUT_MS.most)
      .optional()
      .describe(`How long to wait for the answer, milliseconds; absent: ${TIMEOUT_MS.default}.`),
  })
  .openapi('ExecuteBody', {
    example: { method: 'Runtime.evaluate', params: { expression: '6 * 7' }, id: 1 },
  });
export type ExecuteBody = z.infer<typeof ExecuteBody>;

export const ExecuteAnswer = z
  .object({
    id: z.union([z.string(), z.number()]),
    result: z.looseObject({}).nullable().describe('What the method returns; null with an error.'),
    error: z
      .looseObject({ code: z.number().int(), message: z.string() })
      .nullable()
      .describe('The error of the DevTools Protocol; null where there is none.'),
  })
  .openapi('ExecuteAnswer');

/** `POST /execute`. */
export const EXECUTE = createRoute({
  method: 'post',
  path: '/execute',
  tags: ['Commands'],
  summary: 'One command of the DevTools Protocol',
  description:
    "Commands about a page go to the caller's own tab, which is made on first use; commands about the browser to the " +
    'browser. Callers without a name share the workspace `default`. They go out in the order in which they came, and are answered as the answers come. An error of the ' +
    'protocol is 200 with `error`.',
  request: {
    ...CALLER,
    body: { required: true, content: { 'application/json': { schema: ExecuteBody } } },
  },
  responses: {
    200: json(ExecuteAnswer, 'The answer of the browser, errors of the protocol included.'),
    ...refusals(409, 413, 415, 422, 503, 504),
  },
});

/** `WS /ws`; served by the room above, which takes upgrades. */
export const CALLS = createRoute({
  method: 'get',
  path: '/ws',
  tags: ['WebSocket'],
  summary: 'Commands as to /execute over a WebSocket, and the events of the tab',
  description:
    'Each text message is a body of `/execute`, answered by `{"id","result"}` or `{"id","error"}` as the answers come; events ' +
    'of the caller\'s tab are `{"method","params"}`. Without a name each socket has a tab of its own, which goes with it.',
  request: CALLER,
  responses: {
    101: { description: 'The WebSocket.' },
    ...refusals(409, 426, 503),
  },
});
