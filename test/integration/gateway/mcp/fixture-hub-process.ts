import { FixtureHub } from './fixture-hub.ts';

/** A {@link FixtureHub} in a process of its own, whose memory can be looked at: asked for anything, it says how much. */

const hub = await FixtureHub.start();
process.on('message', () => {
  globalThis.gc?.();
  process.send?.({ mb: process.memoryUsage.rss() / 2 ** 20, heap: process.memoryUsage().heapUsed / 2 ** 20 });
});
process.once('disconnect', () => process.exit(0));
process.send?.({ port: hub.port });
