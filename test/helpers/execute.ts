import { until } from './hub.ts';

export interface Executed {
  status: number;
  body: { id: unknown; result: unknown; error: unknown };
}

/** `POST /execute` of a hub, as the caller `client` or as nobody in particular. */
export async function execute(gateway: string, command: object, client?: string): Promise<Executed> {
  const response = await fetch(`${gateway}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(client ? { 'x-client-id': client } : {}) },
    body: JSON.stringify(command),
  });
  // The shape is what the tests assert.
  return { status: response.status, body: (await response.json()) as Executed['body'] };
}

/** An expression in the caller's tab; promises are waited for. */
export function evaluate(expression: string): object {
  return { method: 'Runtime.evaluate', params: { expression, awaitPromise: true } };
}

/** The hub counts at least so many commands in flight. */
export async function untilInFlight(gateway: string, wanted: number): Promise<void> {
  await until(`${wanted} in flight`, async () => {
    const stats = (await (await fetch(`${gateway}/stats`)).json()) as { clients: { in_flight: number }[] };
    return stats.clients.reduce((sum, client) => sum + client.in_flight, 0) >= wanted;
  });
}
