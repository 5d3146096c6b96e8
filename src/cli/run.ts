import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { EXIT, HubError } from '../shared/errors.ts';
import { MCP_OPTIONS } from './bridge/options.ts';
import { captureCommands } from './capture-commands.ts';
import type { UpOptions } from './commands/up.ts';
import { configCommand } from './config-command.ts';
import { controlCommands } from './control-commands.ts';
import { printError } from './plain.ts';
import { tailCommand } from './tail-command.ts';

/** Parses the arguments, runs the command and answers with its exit code. Never throws, never exits. */
export async function run(argv: string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = build(packageVersion(), (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (thrown) {
    // Commander has printed its own message; --help and --version end in an "error" of exit code 0.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const error = HubError.from(thrown);
    printError(error, argv.includes('--json'));
    return error.exitCode;
  }
}

function build(version: string, exit: (code: number) => void): Command {
  const program = new Command('cdp-hub')
    .description('One Chrome, any number of agents.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(cdp-hub --help lists what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 failure, 2 usage, 3 the flags conflict with the hub that runs, 130 Ctrl-C.\n' +
        'CDP_HUB_HOME moves all state. A .env in the working directory may set it, CDP_PROXY_HOST, CDP_PROXY_PORT and the\n' +
        'variables that `cdp-hub up --help` names.',
    );
  // Every command is loaded when it is called: `status` and --version do not wait for Ink.
  upOptions(program.command('up').description('start the hub, or join the one that runs')).action(
    async (options: UpOptions['flags'] & UpView) => {
      // Until this moment it could be read in the process list; this writes over it, where the system lets us.
      if (typeof options.token === 'string') process.title = 'cdp-hub up';
      const { up } = await import('./commands/up.ts');
      const { detach, tui, json, dotenv, badge, ...others } = options;
      // It is true where nothing was said.
      const flags = badge === false ? { ...others, badge } : others;
      const view = { json: json ?? false, tui };
      exit(await up({ flags, version, detach: detach ?? false, dotenv, view }));
    },
  );
  program
    .command('attach')
    .description('open the screen on the hub that runs')
    .option('--no-tui', 'plain lines instead of the screen')
    .option('--json', 'what happens as NDJSON')
    .action(async (options: { tui: boolean; json?: boolean }) => {
      const { attach } = await import('./commands/attach.ts');
      exit(await attach({ json: options.json ?? false, tui: options.tui }));
    });
  program
    .command('status')
    .description('what runs, where, and who is connected')
    .option('--json', 'the same as one JSON document')
    .action(async (options: { json?: boolean }) => {
      const { status } = await import('./commands/status.ts');
      exit(await status(options.json ?? false));
    });
  program
    .command('down')
    .description('stop the hub, and the browser that it started')
    .option('--json', 'the outcome as one JSON document')
    .option('--now', 'without waiting for what is in flight')
    .action(async (options: { json?: boolean; now?: boolean }) => {
      const { down } = await import('./commands/down.ts');
      exit(await down({ json: options.json ?? false, now: options.now ?? false }));
    });
  mcpCommand(program);
  controlCommands(program, exit);
  tailCommand(program, exit);
  captureCommands(program, exit);
  configCommand(program, exit);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/** For its help alone: `main.ts` starts it without any of this. */
function mcpCommand(program: Command): void {
  const command = program
    .command('mcp')
    .description(
      'MCP over stdio for one agent; joins the hub that runs, starts a detached one where none does',
    );
  for (const [name, [value, help]] of Object.entries(MCP_OPTIONS)) command.option(`--${name} ${value}`, help);
}

interface UpView {
  detach?: boolean;
  dotenv: boolean;
  tui: boolean;
  json?: boolean;
}

function upOptions(command: Command): Command {
  const list = (value: string, before: string[] = []) => [...before, ...value.split(',').filter(Boolean)];
  return command
    .option('--detach', 'leave the hub running in the background')
    .option('--no-tui', 'plain lines instead of the screen')
    .option('--json', 'what happens as NDJSON; the line of type hub.ready has the addresses and pids')
    .option('--port <port>', "the gateway's port, 0 = any free one (MCP_HTTP_PORT, default 9223)")
    .option('--host <host>', "the gateway's address (MCP_HTTP_HOST, default 127.0.0.1)")
    .option(
      '--proxy-port <port>',
      "the forwarder's port, 0 = any free one (CDP_HUB_PROXY_PORT, default 9224)",
    )
    .option('--proxy-host <host>', "the forwarder's address (default 127.0.0.1)")
    .option('--proxy-allow <cidr>', 'who may connect to the forwarder, repeatable', list)
    .option(
      '--browser-port <port>',
      "the browser's DevTools port, 0 = a new browser on any free one (CDP_HUB_BROWSER_PORT, default 9222)",
    )
    .option(
      '--browser-url <url>',
      'attach to this DevTools endpoint instead of starting a browser (CDP_HUB_BROWSER_URL)',
    )
    .option('--browser-path <path>', 'the browser to start (CDP_HUB_BROWSER_PATH)')
    .option('--headless', 'without a window (CDP_HUB_HEADLESS); by itself where there is no display')
    .addOption(new Option('--no-headless', 'with a window, also where none was found').hideHelp())
    .option('--isolated', 'a temporary profile, removed afterwards')
    .option(
      '--allowed-hosts <name>',
      'Host names to accept besides IP addresses and localhost, repeatable',
      list,
    )
    .option(
      '--token [value]',
      'what every client must have (CDP_HUB_TOKEN). auto, or no value: one is made and kept in the state folder. A value given here can be read in the process list and in the history of the shell: prefer the variable or a file',
    )
    .option('--token-file <path>', 'the same, from a file')
    .option(
      '--cors-origin <origin>',
      'web pages that may use the gateway, exactly as browsers name them (https://app.example), repeatable',
      list,
    )
    .option(
      '--rate-limit <n/s>',
      'HTTP requests a second for each client, N[/s][,burst:M] or off (default 100/s,burst:200 with a token, else off)',
    )
    .option(
      '--isolation <mode>',
      'what clients share by default (CDP_HUB_ISOLATION): tabs = the profile, each with tabs of its own; context = nothing; none = everything (default tabs)',
    )
    .option('--keep-tabs', 'the tabs of clients that leave stay open (CDP_HUB_KEEP_TABS)')
    .option(
      '--no-badge',
      'with windows: the hub’s tab in front of a client’s pages does not say whose they are',
    )
    .option(
      '--listen <port=workspace:name>',
      'a further port of the gateway for clients whose URL can carry neither path nor query, repeatable: PORT=workspace:NAME[,isolation:MODE][,seed:DOMAIN+DOMAIN], 0 = any free one (CDP_HUB_LISTEN, with ; between several)',
      (value: string, before: string[] = []) => [...before, value],
    )
    .option(
      '--session-idle <duration>',
      'how long an MCP session lasts that nobody uses: 90s, 45m, 8h, 2d; 0 = for ever (CDP_HUB_SESSION_IDLE, default 30m)',
    )
    .option(
      '--upload-dir <dir>',
      'agents may upload and open files of this folder and of no other, repeatable (default: any but hidden ones, those of the system and of the hub)',
      (value: string, before: string[] = []) => [...before, value],
    )
    .option(
      '--idle-exit <duration>',
      'with --detach: end the hub when no client has been there for so long, e.g. 5m; 0 = never',
    )
    .addOption(new Option('--no-dotenv', 'without the .env of the working directory').hideHelp())
    .option('--yes', 'install a system package without asking where there is no browser');
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
