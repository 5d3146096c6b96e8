import { z } from 'zod';
import { Secrets } from '../../../../shared/secrets/secrets.ts';
import { bytes } from '../../../../shared/text.ts';
import type { Artifact } from '../../browser/artifacts.ts';
import { untilAborted } from '../../browser/lane.ts';
import type { NetworkEntry } from '../../browser/network-entry.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { type PageContext, pageTool, READS, type ToolResult } from '../tool.ts';
import { stateOf, timeOf } from './request-words.ts';
import { Words } from './words.ts';

/** Characters of a body that are said where nobody asks for another number. */
const MAX_CHARS = 10_000;

export const getNetworkRequest = pageTool({
  name: 'get_network_request',
  title: 'Get network request',
  description:
    'One request as a whole: headers both ways, bodies, redirects. Values of cookies, credentials and tokens are masked unless showSecrets is set.',
  input: z.object({
    reqid: z.number().int().describe('As list_network_requests shows it.'),
    showSecrets: z.boolean().optional().describe('Only where the values themselves are needed.'),
    max_chars: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .optional()
      .describe(`Of each body. Default: ${MAX_CHARS}.`),
  }),
  annotations: READS,
  dialog: true,
  run: async (context, { reqid, showSecrets = false, max_chars = MAX_CHARS }) => {
    const { tab } = context;
    const entry = tab.logs.network.get(reqid);
    if (!entry) {
      throw new ToolError(
        `There is no request ${reqid} of page ${tab.id}.`,
        'Call list_network_requests to see what there is.',
      );
    }
    const words = new Words(showSecrets ? null : new Secrets());
    // What the headers hold is masked in the address and the bodies, too.
    const headers = [
      ...words.headers('Request headers:', entry.requestHeaders),
      ...words.headers('Response headers:', entry.responseHeaders),
    ];
    const sent = await requestBody(context, entry);
    const received = await responseBody(context, entry);
    const lines = [
      ...summary(entry, words),
      ...redirects(context, entry, words),
      ...headers,
      ...(sent === null ? [] : ['Request body:', cut(words.text(sent), max_chars)]),
    ];
    const links: Artifact[] = [];
    if ('why' in received) lines.push(`Response body: ${received.why}`);
    else {
      const text = received.text === null ? null : words.text(received.text);
      if (text !== null) lines.push('Response body:', cut(text, max_chars));
      if (text === null || text.length > max_chars) {
        const kept = await context.artifacts.put({
          name: nameOf(entry),
          mimeType: entry.mimeType || 'application/octet-stream',
          data: text ?? received.data,
        });
        lines.push(`The whole response body, ${bytes(received.data.length)}B, is the artifact ${kept.name}.`);
        links.push(kept);
      }
    }
    if (words.masked) lines.push('Values of secrets are masked; showSecrets shows them.');
    const result: ToolResult = { text: lines.join('\n'), links };
    return result;
  },
});

/** As the last part of its address names it. */
function nameOf({ id, url }: NetworkEntry): string {
  const last = /\/([^/?#]{1,60})(?:[?#]|$)/.exec(url.replace(/^\w+:\/\/[^/]*/, ''))?.[1];
  return last ?? `response-${id}`;
}

function summary(entry: NetworkEntry, words: Words): string[] {
  const { id, method, url, type, protocol, size, from, mimeType, initiator, mixed, statusText } = entry;
  const took = timeOf(entry);
  const facts = [
    type,
    mimeType,
    protocol,
    from === '' ? '' : `from the ${from}`,
    size > 0 ? `${bytes(size)}B over the network` : '',
    took === null ? 'under way' : `${took} ms`,
  ];
  return [
    `reqid=${id} ${method} ${words.text(url)}`,
    `Status: ${stateOf(entry)}${statusText === '' ? '' : ` ${statusText}`}`,
    facts.filter(Boolean).join(', '),
    ...(initiator === '' ? [] : [`Asked for by: ${words.text(initiator)}`]),
    ...(mixed === '' ? [] : [`Mixed content: ${mixed}`]),
    ...(entry.socket ? [`Frames so far: ${entry.socket.count}. Call monitor_websocket to see them.`] : []),
  ];
}

function redirects({ tab }: PageContext, entry: NetworkEntry, words: Words): string[] {
  const lines: string[] = [];
  for (let each = entry; each.redirectedFrom !== null; ) {
    const before = tab.logs.network.get(each.redirectedFrom);
    if (!before) break;
    lines.unshift(`- reqid=${before.id} ${before.method} ${words.text(before.url)} [${stateOf(before)}]`);
    each = before;
  }
  return lines.length === 0 ? [] : ['Redirected from:', ...lines];
}

/** The page itself keeps the bodies. */
const BLOCKED = 'it cannot be had while the dialog of the page is open.';

/** Null: there is none. */
async function requestBody({ tab, signal }: PageContext, entry: NetworkEntry): Promise<string | null> {
  const { session, requestId, body, hasBody } = entry;
  if (body !== null) return body;
  if (!hasBody) return null;
  if (tab.dialog) return `(${BLOCKED})`;
  try {
    const asked = session.send('Network.getRequestPostData', { requestId });
    const { postData, base64Encoded } = await untilAborted(signal, asked);
    return base64Encoded ? Buffer.from(postData, 'base64').toString() : postData;
  } catch {
    signal.throwIfAborted();
    return '(the browser does not have it any more)';
  }
}

/** As text, where it is one. */
type Body = { why: string } | { text: string; data: Buffer } | { text: null; data: Buffer };

async function responseBody({ tab, signal }: PageContext, entry: NetworkEntry): Promise<Body> {
  const { session, requestId, ended, failed, status, socket } = entry;
  if (socket) return { why: 'it is a WebSocket.' };
  if (failed !== '') return { why: `none, it failed: ${failed}` };
  if (status >= 300 && status < 400 && status !== 304) return { why: 'none, it is a redirect.' };
  if (ended === null) return { why: 'it has not come as a whole yet.' };
  if (tab.dialog) return { why: BLOCKED };
  try {
    const asked = session.send('Network.getResponseBody', { requestId });
    const { body, base64Encoded } = await untilAborted(signal, asked);
    const data = Buffer.from(body, base64Encoded ? 'base64' : 'utf8');
    const text = base64Encoded ? textIn(data) : body;
    if (data.length === 0) return { why: 'empty.' };
    return { text, data };
  } catch {
    signal.throwIfAborted();
    return { why: 'the browser does not have it any more, or there was none.' };
  }
}

function textIn(data: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… cut at ${max} of ${text.length} characters`;
}
