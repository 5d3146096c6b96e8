import { systemClock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type FromGateway, parentChannel, ToGateway } from '../shared/ipc.ts';
import { Gateway } from './gateway.ts';

/** The gateway process: what the supervisor says, done; what happens, told. */
function main(): void {
  let gateway: Gateway | null = null;
  /** The browser came or went since the gateway was told what there is: that is not so any more. */
  let moved = false;
  const channel = parentChannel<ToGateway, FromGateway>(
    ToGateway,
    (message) => void handle(message),
    () => process.exit(0),
  );

  async function handle(message: ToGateway): Promise<void> {
    switch (message.type) {
      case 'config':
        await start(message);
        return;
      case 'browser':
        moved = true;
        gateway?.browser(message.browser, message.reason);
        return;
      case 'watch':
        gateway?.watching.watch(message.watch, message);
        return;
      case 'event':
        gateway?.watching.hear(message.event);
        return;
      case 'unwatch':
        gateway?.watching.unwatch(message.watch);
        return;
      case 'body':
        if (gateway) channel.send({ type: 'body', id: message.id, bodies: gateway.watching.body(message) });
        return;
      case 'backfill':
        if (gateway) {
          channel.send({
            type: 'backfilled',
            id: message.id,
            batch: gateway.watching.backfill(message.rows, message.filter),
          });
        }
        return;
      case 'kill':
        channel.send({
          type: 'killed',
          id: message.id,
          clients: gateway?.watching.registry.kill(message.clients) ?? [],
        });
        return;
      case 'pause': {
        const { id, on, clients } = message;
        const done = on
          ? gateway?.watching.registry.pause(clients)
          : gateway?.watching.registry.resume(clients);
        channel.send({ type: 'paused', id, clients: done ?? [] });
        return;
      }
      case 'page':
        if (gateway)
          channel.send({ type: 'page', id: message.id, answer: await gateway.page(message.act, message) });
        return;
      case 'answered':
        gateway?.supervision.answered(message);
        return;
      case 'last':
        gateway?.last();
        return;
      case 'drain':
        await gateway?.drain(message.ms);
        process.exit(0);
        return;
      default:
        message satisfies never;
    }
  }

  async function start(first: Extract<ToGateway, { type: 'config' }>): Promise<void> {
    const { config, browser, journal, sessions } = first;
    const next = new Gateway(config, systemClock, channel.send, { journal, sessions });
    gateway = next;
    moved = false;
    try {
      const address = await next.listen();
      channel.send({ type: 'ready', ...address });
      if (!moved) next.browser(browser, browser ? '' : 'no browser runs yet');
    } catch (error) {
      next.close();
      gateway = null;
      // Node's errors of listening say which port it was; of other errors the main one is as good as any.
      const { code = 'INTERNAL', port = config.port } = error as NodeJS.ErrnoException & { port?: number };
      channel.send({ type: 'bind-failed', code, message: messageOf(error), port });
    }
  }
}

main();
