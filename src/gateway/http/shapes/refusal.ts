import { z } from '@hono/zod-openapi';
import type { Context, TypedResponse } from 'hono';
import { REFUSALS, type Refusal, type RefusalCode, refusalBody } from '../../../shared/refusal.ts';

const CODES = Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]];

/** The body of every error of the hub's own. */
export const RefusalBody = z
  .object({
    error: z.enum(CODES).describe('The word that scripts match on.'),
    message: z.string().describe('What happened, and why.'),
    hint: z.string().describe('What to do next.'),
  })
  .openapi('Refusal');

/** A refusal as an answer. It fits every route: beside its own, each may answer all that the table has. */
export type Refused = Response & TypedResponse<never, never, never>;

export function refuse(c: Context, refusal: Refusal): Refused {
  for (const [name, value] of Object.entries(refusal.headers ?? {})) c.header(name, value);
  return c.json(refusalBody(refusal), refusal.status) as Refused;
}

/** The `responses` of a route for the refusals that are its own, by status. */
export function refusals<Status extends Refusal['status']>(...statuses: readonly Status[]) {
  const entries = statuses.map((status) => [status, refusalOf(status)] as const);
  return Object.fromEntries(entries) as Record<Status, ReturnType<typeof refusalOf>>;
}

function refusalOf(status: Refusal['status']) {
  const codes = CODES.filter((code) => REFUSALS[code].statuses.some((each) => each === status));
  return {
    description: codes.map((code) => `\`${code}\`: ${REFUSALS[code].when}`).join('; '),
    content: { 'application/json': { schema: RefusalBody } },
  };
}
