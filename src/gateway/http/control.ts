import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HubError } from '../../shared/errors.ts';
import { type ClientInfo, type ProcessInfo, ProcessName } from '../../shared/events.ts';
import type { Refusal } from '../../shared/refusal.ts';
import { routes } from './shapes/api.ts';
import { CLIENT, CLIENTS, KILL, PAUSE, PROCESS, PROCESSES, RESTART, RESUME } from './shapes/control.ts';
import { type Refused, refuse } from './shapes/refusal.ts';

/** What is under `/api/v2`; its methods throw HubError. */
export interface ControlOptions {
  clients(): Promise<ClientInfo[]>;
  /** Undefined where nobody has this id. */
  client(id: string): Promise<ClientInfo | undefined>;
  /** False where nobody has this id. */
  act(op: 'kill' | 'pause' | 'resume', id: string): Promise<boolean>;
  processes(): Promise<ProcessInfo[]>;
  restart(name: ProcessName): Promise<void>;
}

/** `/api/v2/clients` and `/api/v2/processes`. Whoever gets here has the control token: see access.ts. */
export function controlRoutes(options: ControlOptions): OpenAPIHono {
  const app = routes();
  app.openAPIRegistry.registerComponent('securitySchemes', 'controlToken', {
    type: 'http',
    scheme: 'bearer',
    description:
      'The content of the file `control-token` in the state folder of the hub; also as `?token=TOKEN`.',
  });
  app.onError((error, c) => refuse(c, refusalOf(error)));

  app.openapi(CLIENTS, async (c) => c.json({ clients: await options.clients() }, 200));
  app.openapi(CLIENT, async (c) => {
    const client = await options.client(c.req.valid('param').id);
    return client ? c.json(client, 200) : noClient(c);
  });
  app.openapi(KILL, async (c) => {
    const killed = await options.act('kill', c.req.valid('param').id);
    return killed ? c.body(null, 204) : noClient(c);
  });
  app.openapi(PAUSE, async (c) => {
    const client = await held('pause', c.req.valid('param').id);
    return client ? c.json(client, 200) : noClient(c);
  });
  app.openapi(RESUME, async (c) => {
    const client = await held('resume', c.req.valid('param').id);
    return client ? c.json(client, 200) : noClient(c);
  });

  app.openapi(PROCESSES, async (c) => c.json({ processes: await options.processes() }, 200));
  app.openapi(PROCESS, async (c) => {
    const process = await find(c.req.valid('param').name);
    return process ? c.json(process, 200) : noProcess(c);
  });
  app.openapi(RESTART, async (c) => {
    const process = await find(c.req.valid('param').name);
    if (!process) return noProcess(c);
    if (process.name === 'gateway') {
      // It drains first, which lets this answer out.
      void options.restart('gateway').catch(() => {});
      return c.json({ restarting: 'gateway' as const }, 202);
    }
    await options.restart(process.name);
    const now = await find(process.name);
    return now ? c.json(now, 200) : noProcess(c);
  });
  return app;

  async function held(op: 'pause' | 'resume', id: string): Promise<ClientInfo | undefined> {
    return (await options.act(op, id)) ? options.client(id) : undefined;
  }

  async function find(name: string): Promise<ProcessInfo | undefined> {
    return (await options.processes()).find((process) => process.name === name);
  }
}

function noClient(c: Context): Refused {
  const message = `there is no client ${shown(c.req.param('id'))}`;
  return refuse(c, { status: 404, error: 'NOT_FOUND', message, hint: 'GET /api/v2/clients lists them.' });
}

function noProcess(c: Context): Refused {
  const message = `this hub runs no process ${shown(c.req.param('name'))}`;
  const hint = `It has ${ProcessName.options.join(', ')}: GET /api/v2/processes lists what runs.`;
  return refuse(c, { status: 404, error: 'NOT_FOUND', message, hint });
}

function shown(text = ''): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function refusalOf(error: Error): Refusal {
  const { code, message, hint } = HubError.from(error);
  switch (code) {
    case 'NOT_FOUND':
      return { status: 404, error: 'NOT_FOUND', message, hint };
    case 'CONTROL':
      return { status: 409, error: 'NOT_POSSIBLE', message, hint };
    case 'CHILD_FAILED':
      return { status: 503, error: 'PROCESS_FAILED', message, hint };
    case 'TIMEOUT':
      return { status: 504, error: 'TIMEOUT', message, hint };
    default:
      return { status: 500, error: 'INTERNAL', message, hint };
  }
}
