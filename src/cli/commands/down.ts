import { EXIT, HubError } from '../../shared/errors.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { ControlClient } from '../control-client.ts';
import { readEnvironment } from '../environment.ts';

const GONE_MS = 20_000;

/** `cdp-hub down`: resolves when everything is gone. A hub that does not run is down already: exit code 0. */
export async function down({ json, now }: { json: boolean; now: boolean }): Promise<number> {
  const state = stateFolder(readEnvironment());
  const client = await ControlClient.connect(state.socket);
  if (client) {
    await client.request('stop', { now, reason: 'cdp-hub down', drainMs: 10_000 });
    await endOf(client);
  }
  const text = client ? 'the hub is stopped' : 'no hub runs';
  process.stdout.write(json ? `${JSON.stringify({ stopped: client !== null })}\n` : `${text}\n`);
  return EXIT.ok;
}

/** Draining takes 10 s at most and the browser another 3: what takes longer hangs. */
async function endOf(client: ControlClient): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new HubError(
        'TIMEOUT',
        `the hub was told to stop, and still runs ${GONE_MS / 1000} s later`,
        'End it at once: cdp-hub down --now',
      ),
    );
  }, GONE_MS);
  try {
    await Promise.race([client.closed, promise]);
  } finally {
    clearTimeout(timer);
    await client[Symbol.asyncDispose]();
  }
}
