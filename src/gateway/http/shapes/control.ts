import { createRoute, z } from '@hono/zod-openapi';
import { ClientInfo, ProcessInfo } from '../../../shared/events.ts';
import { json } from './api.ts';
import { refusals } from './refusal.ts';

const Client = z.object(ClientInfo.shape).openapi('Client');
const Clients = z.object({ clients: z.array(Client) }).openapi('Clients');
const HubProcess = z.object(ProcessInfo.shape).openapi('Process');
const HubProcesses = z.object({ processes: z.array(HubProcess) }).openapi('Processes');

const Accepted = z
  .object({ restarting: z.literal('gateway') })
  .openapi('Restarting')
  .describe('Every connection to the gateway ends now; it listens at the same address again.');

const id = { params: z.object({ id: z.string().describe('The whole id, as the list has it.') }) };
const name = { params: z.object({ name: z.string().describe('`browser`, `forwarder` or `gateway`.') }) };
const tags = ['Control'];
const security = [{ controlToken: [] }];

export const CLIENTS = createRoute({
  method: 'get',
  path: '/api/v2/clients',
  tags,
  security,
  summary: 'Who is connected',
  description: 'The clients of the gateway, and the raw connections of the forwarder.',
  responses: { 200: json(Clients, 'All of them, as of now.'), ...refusals(401, 504) },
});

export const CLIENT = createRoute({
  method: 'get',
  path: '/api/v2/clients/{id}',
  tags,
  security,
  summary: 'One client',
  request: id,
  responses: { 200: json(Client, 'As of now.'), ...refusals(401, 404, 504) },
});

export const KILL = createRoute({
  method: 'delete',
  path: '/api/v2/clients/{id}',
  tags,
  security,
  summary: 'End a client',
  description: 'Its connection ends, and the tabs that are its alone are closed. Held commands go nowhere.',
  request: id,
  responses: { 204: { description: 'It has ended.' }, ...refusals(401, 404, 504) },
});

export const PAUSE = createRoute({
  method: 'post',
  path: '/api/v2/clients/{id}/pause',
  tags,
  security,
  summary: 'Hold what a client sends',
  description:
    'Its commands wait, in order, until it is resumed; answers and events still reach it. Calls over HTTP end with ' +
    'their own `timeoutMs`. Raw connections of the forwarder cannot be paused: 409.',
  request: id,
  responses: { 200: json(Client, 'The client, paused.'), ...refusals(401, 404, 409, 504) },
});

export const RESUME = createRoute({
  method: 'post',
  path: '/api/v2/clients/{id}/resume',
  tags,
  security,
  summary: 'Let go on what was held',
  request: id,
  responses: { 200: json(Client, 'The client, no longer paused.'), ...refusals(401, 404, 409, 504) },
});

export const PROCESSES = createRoute({
  method: 'get',
  path: '/api/v2/processes',
  tags,
  security,
  summary: 'What the hub runs',
  responses: { 200: json(HubProcesses, 'All of them, as of now.'), ...refusals(401, 504) },
});

export const PROCESS = createRoute({
  method: 'get',
  path: '/api/v2/processes/{name}',
  tags,
  security,
  summary: 'One process',
  request: name,
  responses: { 200: json(HubProcess, 'As of now.'), ...refusals(401, 404, 504) },
});

export const RESTART = createRoute({
  method: 'post',
  path: '/api/v2/processes/{name}/restart',
  tags,
  security,
  summary: 'End a process and start it anew',
  description: 'Answers when it is ready again; the gateway itself answers before it goes.',
  request: name,
  responses: {
    200: json(HubProcess, 'It is ready again.'),
    202: json(Accepted, 'The gateway restarts.'),
    ...refusals(401, 404, 409, 503, 504),
  },
});
