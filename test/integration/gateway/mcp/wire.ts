/** MCP over HTTP by hand: what no client library would send. */

export const VERSION = '2025-11-25';

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: 'by-hand', version: '1' } },
};

export const JSON_TYPE = { 'content-type': 'application/json' };
export const BOTH = { accept: 'application/json, text/event-stream' };

export const ask = (id: string | number, method: string, params: object = {}) => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

/** A call of a tool; with `progress` it asks for progress under that token. */
export const call = (id: string | number, name: string, args: object = {}, progress?: string) =>
  ask(id, 'tools/call', { name, arguments: args, ...(progress && { _meta: { progressToken: progress } }) });

export const cancel = (requestId: string | number) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});

export interface Event {
  id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of many shapes
  data: any;
}

/** The events of a stream, as they come; comments are left out. */
export async function* eventsOf({ body }: Response): AsyncGenerator<Event, void> {
  let text = '';
  if (!body) return;
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string) =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim();
      const data = field('data');
      if (data !== undefined) yield { id: field('id'), data: data === '' ? null : JSON.parse(data) };
    }
  }
}

/** All events until the stream ends. */
export async function allOf(response: Response): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

/** A session by its id. */
export class Wire {
  readonly url: string;
  readonly id: string;
  readonly headers: Record<string, string>;

  private constructor(url: string, id: string, headers: Record<string, string>) {
    this.url = url;
    this.id = id;
    this.headers = headers;
  }

  static async open(
    url: string,
    headers: Record<string, string> = {},
    protocolVersion = VERSION,
  ): Promise<Wire> {
    const params = { ...INITIALIZE.params, protocolVersion };
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...BOTH, ...headers },
      body: JSON.stringify({ ...INITIALIZE, params }),
    });
    const text = await response.text();
    const id = response.headers.get('mcp-session-id');
    if (id === null) throw new Error(`no session: ${response.status} ${text}`);
    const wire = new Wire(url, id, { ...headers, 'mcp-protocol-version': protocolVersion });
    await (await wire.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).arrayBuffer();
    return wire;
  }

  /** The same session, for those who know its id. */
  static of(url: string, id: string, headers: Record<string, string> = {}): Wire {
    return new Wire(url, id, headers);
  }

  post(message: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...BOTH, 'mcp-session-id': this.id, ...this.headers, ...headers },
      body: typeof message === 'string' ? message : JSON.stringify(message),
      ...(signal && { signal }),
    });
  }

  /** The stream of the session, or what comes behind the event of that id. */
  get(lastEventId?: string, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url, {
      headers: {
        accept: 'text/event-stream',
        'mcp-session-id': this.id,
        ...this.headers,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      ...(signal && { signal }),
    });
  }

  delete(): Promise<Response> {
    return fetch(this.url, { method: 'DELETE', headers: { 'mcp-session-id': this.id, ...this.headers } });
  }

  /** The status of a quick request: whether there is such a session. */
  async ping(): Promise<number> {
    const response = await this.post(ask(`ping-${Math.random()}`, 'ping'));
    await response.arrayBuffer();
    return response.status;
  }

  /** The answer to a call, when it is there. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  async call(name: string, args: object = {}): Promise<any> {
    const events = await allOf(await this.post(call(`call-${Math.random()}`, name, args)));
    return events.at(-1)?.data;
  }
}
