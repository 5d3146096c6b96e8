import { EXIT } from '../../shared/errors.ts';
import type { ProcessName } from '../../shared/events.ts';
import { connectToHub } from '../connect.ts';

/** `cdp-hub restart`: resolves when the process is ready again, under another pid. */
export async function restart(name: ProcessName, json: boolean): Promise<number> {
  await using hub = await connectToHub();
  await hub.restart(name);
  const { processes } = await hub.request('snapshot', {});
  const pid = processes.find((process) => process.name === name)?.pid ?? null;
  const text = `the ${name} is ready again${pid === null ? '' : `, pid ${pid}`}`;
  process.stdout.write(`${json ? JSON.stringify({ restarted: name, pid }) : text}\n`);
  return EXIT.ok;
}
