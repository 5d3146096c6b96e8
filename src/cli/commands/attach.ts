import { connectToHub } from '../connect.ts';
import { hasScreen } from '../environment.ts';
import { follow, type View } from '../follow.ts';

/** `cdp-hub attach`: the screen, or lines, on a hub that runs. Leaving it leaves the hub alone. */
export async function attach(view: View): Promise<number> {
  const client = await connectToHub();
  const screen = view.tui && !view.json && hasScreen();
  await client.attach({ owner: false, traffic: screen, flags: [] });
  return follow(client, { owner: false, detach: false, screen, json: view.json, yes: false });
}
