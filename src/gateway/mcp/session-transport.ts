import {
  WebStandardStreamableHTTPServerTransport,
  type WebStandardStreamableHTTPServerTransportOptions,
} from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Outflow } from './outflow.ts';

type Sending = Parameters<WebStandardStreamableHTTPServerTransport['send']>[1];

/** What a client can do without. */
const DROPPABLE: readonly string[] = ['notifications/progress', 'notifications/message'];

/** The SDK's transport; what its client can do without it does not say to one that does not read. */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #outflow: Outflow;

  constructor(options: WebStandardStreamableHTTPServerTransportOptions, outflow: Outflow) {
    super(options);
    this.#outflow = outflow;
  }

  override send(message: JSONRPCMessage, options?: Sending): Promise<void> {
    if ('method' in message && DROPPABLE.includes(message.method) && !this.#outflow.mayTell) {
      return Promise.resolve();
    }
    return super.send(message, options);
  }
}
