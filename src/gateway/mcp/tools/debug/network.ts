import { z } from 'zod';
import { pageTool, READS, type Tool } from '../tool.ts';
import { getNetworkRequest } from './network-request.ts';
import { PAGING, pagedLines } from './paging.ts';
import { requestLine } from './request-words.ts';

const TYPES = [
  'document',
  'stylesheet',
  'image',
  'media',
  'font',
  'script',
  'texttrack',
  'xhr',
  'fetch',
  'prefetch',
  'eventsource',
  'websocket',
  'manifest',
  'signedexchange',
  'ping',
  'cspviolationreport',
  'preflight',
  'fedcm',
  'other',
] as const;

const listNetworkRequests = pageTool({
  name: 'list_network_requests',
  title: 'List network requests',
  description:
    'Requests of the page, its frames and workers since the last navigation: method, URL, status or why it failed, type, bytes over the network, time.',
  input: z.object({
    resourceTypes: z.array(z.enum(TYPES)).optional().describe('Only these.'),
    includePreservedRequests: z.boolean().optional().describe('Also those of the last 3 navigations.'),
    ...PAGING,
  }),
  annotations: READS,
  dialog: true,
  run: async ({ tab }, { resourceTypes = [], includePreservedRequests = false, ...paging }) => {
    const all = tab.logs.network.list(includePreservedRequests);
    const wanted =
      resourceTypes.length === 0
        ? all
        : all.filter(({ type }) => resourceTypes.some((each) => each === type));
    if (wanted.length === 0) {
      return {
        text:
          all.length === 0
            ? 'There was no request since the last navigation.'
            : `There are none of these types, and ${all.length} of others.`,
      };
    }
    const lines = pagedLines(wanted, paging, requestLine);
    if (tab.logs.network.forgotten > 0) lines.push(`${tab.logs.network.forgotten} older ones were not kept.`);
    return { text: lines.join('\n') };
  },
});

export const networkTools: readonly Tool[] = [listNetworkRequests, getNetworkRequest];
