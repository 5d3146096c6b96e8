import { type Command, InvalidArgumentError, Option } from 'commander';
import { FIELDS } from '../shared/filter/fields.ts';
import type { TailLevel } from './tail-levels.ts';

/** Rows of each kind that a backfill has at most. */
const MAX_ROWS = 5000;

interface TailOptions {
  level: string;
  filter: string;
  rows: number;
  follow: boolean;
  json?: boolean;
}

/** `cdp-hub tail`. */
export function tailCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('tail')
    .description('what passes through the hub, as lines')
    .addOption(
      new Option(
        '--level <level>',
        '1 = actions with their outcome, 2 = every command with its outcome and what pages say, 3 = every message',
      )
        .choices(['1', '2', '3'])
        .default('1'),
    )
    .option('--filter <filter>', 'only what it chooses, e.g. "client:claude-* -domain:Network ms>200"', '')
    .option('--rows <n>', 'how many of what was before come first', rowsOf, 10)
    .option('--no-follow', 'only what was before')
    .option('--json', 'a JSON document per line: the rows as they are recorded, never with bodies')
    .addHelpText('after', filterHelp())
    .action(async ({ level, filter, rows, follow, json }: TailOptions) => {
      const { tail } = await import('./commands/tail.ts');
      exit(await tail({ level: Number(level) as TailLevel, filter, rows, follow, json: json ?? false }));
    });
}

function rowsOf(text: string): number {
  const rows = Number(text);
  if (/^\d+$/.test(text) && rows <= MAX_ROWS) return rows;
  throw new InvalidArgumentError(`It is a number from 0 to ${MAX_ROWS}.`);
}

function filterHelp(): string {
  const rows = Object.values(FIELDS).map(
    ({ about, examples: [example] }) => `  ${example.padEnd(28)}${about}`,
  );
  return [
    '\nThe filter: words are AND, | is OR, - is NOT, with parentheses; bare text is found in method, URL and error.',
    ...rows,
    'All of it: docs/filter.md.',
  ].join('\n');
}
