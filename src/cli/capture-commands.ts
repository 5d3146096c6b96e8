import { type Command, Option } from 'commander';
import { HubError } from '../shared/errors.ts';
import { parseFilter } from '../shared/filter/filter.ts';
import type { TailLevel } from './tail-levels.ts';

/** `cdp-hub record` and `cdp-hub view`. */
export function captureCommands(program: Command, exit: (code: number) => void): void {
  program
    .command('record')
    .description('what passes from now on into a file, with its messages, secrets masked; Ctrl-C ends it')
    .argument('<file>', 'made anew, never written over')
    .addOption(
      new Option('--level <level>', '1 = actions, 2 = every command and what pages say, 3 = every message')
        .choices(['1', '2', '3'])
        .default('3'),
    )
    .option('--filter <filter>', 'only what it chooses, as with tail', '')
    .action(async (file: string, { level, filter }: { level: string; filter: string }) => {
      checkFilter(filter);
      const { record } = await import('./commands/record.ts');
      exit(await record({ file, level: Number(level) as TailLevel, filter }));
    });
  program
    .command('view')
    .description(
      'the screen over a file that record, tail --json or the screen itself wrote; no hub is needed',
    )
    .argument('<file>')
    .action(async (file: string) => {
      const { viewCapture } = await import('./view-capture.ts');
      exit(await viewCapture(file));
    });
}

function checkFilter(text: string): void {
  const parsed = parseFilter(text);
  if (parsed.ok) return;
  const { message, at, hint } = parsed.error;
  throw new HubError('USAGE', `--filter: ${message}\n${text}\n${' '.repeat(at)}^`, hint);
}
