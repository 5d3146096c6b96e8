import { afterAll } from 'vitest';
import type { BrowserEndpoint, GatewayConfig } from '../../../src/shared/ipc.ts';
import { GatewayProcess } from './gateway-process.ts';

/** A gateway that is connected to `browser`, for all tests of a file; both end with it. */
export async function gatewayOn(
  browser: AsyncDisposable & { endpoint: BrowserEndpoint },
  config: Partial<GatewayConfig> = {},
): Promise<GatewayProcess> {
  afterAll(() => browser[Symbol.asyncDispose]());
  const gateway = await GatewayProcess.start(browser.endpoint, config);
  afterAll(() => gateway[Symbol.asyncDispose]());
  await gateway.next('upstream', ({ connected }) => connected);
  return gateway;
}
