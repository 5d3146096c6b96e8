import { EXIT } from '../../shared/errors.ts';
import { clientTable } from '../client-table.ts';
import { connectToHub } from '../connect.ts';

/** `cdp-hub clients`: who is connected, as a table, or as the array of ClientInfo that it is made from. */
export async function clients(json: boolean): Promise<number> {
  await using hub = await connectToHub();
  const { clients: all } = await hub.request('snapshot', {});
  const text = all.length === 0 ? 'no clients' : clientTable(all, Date.now());
  process.stdout.write(`${json ? JSON.stringify(all) : text}\n`);
  return EXIT.ok;
}
