/**
 * How a route is added, whatever room it lives in:
 *
 * 1. Its shapes are zod schemas in this folder (`z` from '@hono/zod-openapi'; `.openapi('Name')` makes it a named one of
 *    the document). They validate, they are the types (`z.infer`), and the document is made from them: there is no second
 *    list.
 * 2. `const route = createRoute({ method, path, tags, summary, description, request, responses })`, with the answers of
 *    its own: `responses: { 200: json(Shape, 'What it is.'), ...refusals(404, 409) }`. What any route may answer (400, 401,
 *    403, 413, 415, 429, 500 …) is added by openapi.ts. Paths are written as in OpenAPI: `/api/v2/clients/{id}`.
 * 3. `const app = routes(); app.openapi(route, handler)` where the handler reads `c.req.valid('param' | 'query')` and
 *    answers `c.json(value, 200)` or `refuse(c, refusal)`; app.ts mounts it with `app.route('/', …)`. Parameters that do
 *    not fit are 422 by themselves.
 *    A body is read by `bodyText` of ../body.ts, for its limit, and parsed by its schema; such a route, one in Chrome's own
 *    words, and a WebSocket is documented by `document(app, route)`, and served by `app.post(…)` or not by Hono at all.
 * 4. A code that is new goes into the table of shared/refusal.ts and of docs/protocol.md.
 */
import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { ZodType } from 'zod';
import { refuse } from './refusal.ts';

/** A part of the app, with its part of the document. Playwright asks for /json/version/ with a trailing slash. */
export function routes(): OpenAPIHono {
  return new OpenAPIHono({
    strict: false,
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      return refuse(c, {
        status: 422,
        error: 'UNPROCESSABLE',
        message: firstIssue(result.error.issues, `the ${result.target}`),
        hint: `GET /openapi.json describes ${c.req.method} ${c.req.path}.`,
      });
    },
  });
}

/** Describes routes without serving them. */
export function document(app: OpenAPIHono, ...described: RouteConfig[]): void {
  for (const route of described) app.openAPIRegistry.registerPath(route);
}

/** An answer in JSON, for `responses`. */
export function json<Shape extends ZodType>(schema: Shape, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** An answer in plain text, for `responses`. */
export function text<Shape extends ZodType>(schema: Shape, description: string, type = 'text/plain') {
  return { description, content: { [type]: { schema } } };
}

/** What is wrong with a value that does not fit its schema, in one line; `whole` is what the value is called. */
export function firstIssue(
  issues: readonly { path: readonly PropertyKey[]; message: string }[],
  whole: string,
): string {
  const [issue] = issues;
  return `${issue?.path.map(String).join('.') || whole}: ${issue?.message ?? 'does not fit'}`;
}
