import { type Command, Option } from 'commander';
import { CLIENT_NAMES } from './config-clients/clients.ts';
import { SNIPPET_NAMES } from './config-clients/snippets.ts';
import type { ConfigOptions } from './config-options.ts';

/** `cdp-hub config`. */
export function configCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('config')
    .description('how a client is pointed at the hub: printed, or written into its configuration')
    .argument('[client]', `${CLIENT_NAMES.join(', ')}; ${SNIPPET_NAMES.join(', ')}; none: list them`)
    .option('--write', 'put it into the file, which keeps everything else, and keep a backup beside it')
    .option('--http', "by the hub's address (the default where the client can)")
    .option('--stdio', 'by `cdp-hub mcp`, which starts a hub where none runs')
    .addOption(
      new Option('--scope <scope>', 'for all of your projects, or for the one of this folder').choices([
        'user',
        'project',
      ]),
    )
    .option('--file <path>', 'this file instead')
    .option('--name <name>', 'what the entry is called', 'cdp-hub')
    .option('--workspace <name>', 'the workspace that it works in; without one, each session has its own')
    .addOption(
      new Option('--isolation <mode>', 'what it shares: the profile, nothing, or everything').choices([
        'tabs',
        'context',
        'none',
      ]),
    )
    .option('--tools <groups>', 'groups of tools, with commas between, e.g. core,debug')
    .option('--with-token', 'the token itself instead of CDP_HUB_TOKEN: it can be read there')
    .option('--json', 'the outcome as one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  cdp-hub config cursor --write\n  cdp-hub config claude-code --stdio --workspace alice\n  cdp-hub config puppeteer',
    )
    .action(async (client: string | undefined, options: ConfigOptions) => {
      const { config } = await import('./commands/config.ts');
      exit(await config(client, options));
    });
}
