import { TrieRouter } from 'hono/router/trie-router';
import type { Refusal } from '../../shared/refusal.ts';

/** What a path takes that is there under another verb: 405 with `Allow`; null where no verb is served there. */
export type Verbs = (method: string, path: string) => Refusal | null;

/** Of all routes that the app has by now. Hono itself says 404 to both. */
export function verbsOf(app: { routes: readonly { method: string; path: string }[] }): Verbs {
  const router = new TrieRouter<string>();
  for (const { method, path } of app.routes) {
    // `ALL` is what takes every verb, and what merely looks on.
    if (method !== 'ALL') router.add('ALL', path, method);
  }
  return (method, path) => {
    const [served] = router.match('ALL', path.replace(/(.)\/$/, '$1'));
    const verbs = new Set(served.map(([verb]) => verb));
    if (verbs.has('GET')) verbs.add('HEAD');
    if (verbs.size === 0 || verbs.has(method)) return null;
    const allow = [...verbs].sort().join(', ');
    return {
      status: 405,
      error: 'METHOD_NOT_ALLOWED',
      message: `${path} takes no ${method}`,
      hint: `Use ${allow}; GET /openapi.json describes it.`,
      headers: { allow },
    };
  };
}
