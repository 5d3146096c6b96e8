import { systemClock } from '../shared/clock.ts';
import { HubError, messageOf } from '../shared/errors.ts';
import { type FromForwarder, parentChannel, ToForwarder } from '../shared/ipc.ts';
import { Forwarder } from './forwarder.ts';

/** Lines about peers turned away go to stderr at most this often, milliseconds. */
const REFUSED_MS = 10_000;

// A Ctrl-C or a closed terminal reaches the whole foreground group: the supervisor decides what ends when, and
// where it is gone the channel says so.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});

let refusedAt = Number.NEGATIVE_INFINITY;
const forwarder = new Forwarder({
  clock: systemClock,
  onClients: (clients) => channel.send({ type: 'clients', clients }),
  onRefused: (address, total) => {
    const now = systemClock.now();
    if (now - refusedAt < REFUSED_MS) return;
    refusedAt = now;
    process.stderr.write(
      `refused a connection from ${address}: not in --proxy-allow (${total} refused so far)\n`,
    );
  },
});

const channel = parentChannel<ToForwarder, FromForwarder>(ToForwarder, receive, () => process.exit(0));

function receive(message: ToForwarder): void {
  switch (message.type) {
    case 'config':
      forwarder.setTarget(message.target);
      void forwarder.listen(message.config).then(
        ({ host, port }) => channel.send({ type: 'ready', host, port }),
        (error: unknown) =>
          channel.send({
            type: 'bind-failed',
            code: codeOf(error),
            message: messageOf(error),
            port: message.config.port,
          }),
      );
      break;
    case 'target':
      forwarder.setTarget(message.target);
      break;
    case 'kill':
      channel.send({ type: 'killed', id: message.id, clients: forwarder.kill(message.clients) });
      break;
    case 'drain':
      void forwarder.drain(message.ms).then(() => process.exit(0));
      break;
  }
}

function codeOf(error: unknown): string {
  if (error instanceof HubError) return error.code;
  return (error as NodeJS.ErrnoException).code ?? 'INTERNAL';
}
