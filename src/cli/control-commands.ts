import { Argument, type Command } from 'commander';
import { ProcessName } from '../shared/events.ts';

/** The commands that act on a hub that runs: `clients`, `kill`, `pause`, `resume`, `restart`. */
export function controlCommands(program: Command, exit: (code: number) => void): void {
  program
    .command('clients')
    .description('who is connected')
    .option('--json', 'the same as one JSON array')
    .action(async (options: { json?: boolean }) => {
      const { clients } = await import('./commands/clients.ts');
      exit(await clients(options.json ?? false));
    });
  onClients(program, exit, {
    verb: 'kill',
    what: 'end clients, with the tabs that are theirs alone',
    all: true,
  });
  onClients(program, exit, {
    verb: 'pause',
    what: 'hold what clients send, in order, until they are resumed',
    all: false,
  });
  onClients(program, exit, { verb: 'resume', what: 'let go on what was held', all: true });
  program
    .command('restart')
    .description('end a process of the hub and start it anew')
    .addArgument(new Argument('<name>', 'the process').choices(ProcessName.options))
    .option('--json', 'the outcome as one JSON document')
    .action(async (name: ProcessName, options: { json?: boolean }) => {
      const { restart } = await import('./commands/restart.ts');
      exit(await restart(name, options.json ?? false));
    });
}

interface OnClients {
  verb: 'kill' | 'pause' | 'resume';
  what: string;
  all: boolean;
}

function onClients(program: Command, exit: (code: number) => void, { verb, what, all }: OnClients): void {
  const command = program
    .command(verb)
    .description(what)
    .argument('[id...]', 'ids of clients, beginnings of ids, or names');
  if (all) command.option('--all', verb === 'kill' ? 'all of them' : 'all that are paused');
  command
    .option('--json', 'the outcome as one JSON document')
    .action(async (words: string[], options: { all?: boolean; json?: boolean }) => {
      const { act } = await import('./commands/act.ts');
      exit(await act(verb, { words, all: options.all ?? false, json: options.json ?? false }));
    });
}
