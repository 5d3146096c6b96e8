import { HubError } from '../../shared/errors.ts';

/** How long the browser may take over a command of the hub's own, milliseconds. */
export const OWN_COMMAND = 10_000;

/** The promise's value, or null when `ms` are over first. The work itself goes on. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** The browser's answer to the hub itself. Rejects with TIMEOUT after 10 s: a hung browser hangs no caller. */
export async function answered<T extends object>(promise: Promise<T>): Promise<T> {
  const answer = await within(OWN_COMMAND, promise);
  if (answer !== null) return answer;
  throw new HubError(
    'TIMEOUT',
    `the browser has not answered for ${OWN_COMMAND / 1000} s`,
    '`cdp-hub status` shows its state; `cdp-hub restart browser` starts it anew.',
  );
}
