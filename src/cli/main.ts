#!/usr/bin/env node
/**
 * The `cdp-hub` command. Nothing is imported before Node's version is known to be new enough, so that an old one
 * says so in words instead of a stack trace; and NODE_ENV is set before React loads, which costs twice the CPU
 * otherwise.
 */
const NEEDED = [22, 19] as const;
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `cdp-hub: this is Node ${process.versions.node}, and cdp-hub needs ${NEEDED.join('.')} or newer\n` +
      '  → install a current Node (https://nodejs.org), or in a checkout run `npm ci`, which brings its own\n',
  );
  process.exit(1);
}

process.env.NODE_ENV ??= 'production';
const argv = process.argv.slice(2);
// One of these runs for every agent: it starts without what only the other commands need.
if (argv[0] === 'mcp' && !argv.some((each) => each === '--help' || each === '-h')) {
  const { bridgeCommand } = await import('./bridge/main.ts');
  process.exit(await bridgeCommand(argv.slice(1)));
}
const { run } = await import('./run.ts');
process.exit(await run(argv));
