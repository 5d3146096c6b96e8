import { HubError } from './errors.ts';
import { Isolation, type ListenSpec, seedSite, WORKSPACE_NAME } from './isolation.ts';

/** One setting with the place it came from, for error texts: `--port 9333`, `MCP_HTTP_PORT=9333`. */
export interface Setting {
  value: string;
  from: string;
}

const LISTEN_EXAMPLE = '--listen 9300=workspace:alice,isolation:context,seed:example.com+github.com';

/** `--isolation`; what is not given is `tabs`. Throws USAGE. */
export function isolationSetting(setting: Setting | null): Isolation {
  const read = Isolation.safeParse(setting?.value ?? 'tabs');
  if (read.success) return read.data;
  throw new HubError(
    'USAGE',
    `${setting?.from} is no isolation`,
    `Say one of ${Isolation.options.map((each) => `--isolation ${each}`).join(', ')}.`,
  );
}

/** `--listen`, else CDP_HUB_LISTEN, where a semicolon stands between several. Throws USAGE. */
export function listenSettings(
  given: readonly string[] | undefined,
  env: string | undefined,
): { from: string; spec: ListenSpec }[] {
  const settings: Setting[] = given
    ? given.map((value) => ({ value, from: `--listen ${value}` }))
    : (env ?? '')
        .split(';')
        .map((value) => value.trim())
        .filter(Boolean)
        .map((value) => ({ value, from: `CDP_HUB_LISTEN=${value}` }));
  return settings.map((setting) => ({ from: setting.from, spec: listenSpec(setting) }));
}

/** `PORT=workspace:NAME[,isolation:MODE][,seed:DOMAIN+DOMAIN]`. Throws USAGE. */
export function listenSpec({ value, from }: Setting): ListenSpec {
  const refuse = (why: string): never => {
    throw new HubError('USAGE', `${from}: ${why}`, `Say e.g. ${LISTEN_EXAMPLE}`);
  };
  const [, digits, text = ''] = /^(\d{1,5})=(.*)$/s.exec(value) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65535) return refuse('it does not start with PORT=, 0 to 65535');
  const said = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf(':');
    const key = part.slice(0, Math.max(at, 0));
    if (!['workspace', 'isolation', 'seed'].includes(key)) {
      return refuse(`'${part}' is none of workspace:NAME, isolation:MODE and seed:DOMAIN`);
    }
    if (said.has(key)) return refuse(`it says ${key} twice`);
    said.set(key, part.slice(at + 1));
  }
  const workspace = said.get('workspace');
  if (workspace === undefined) return refuse('it names no workspace');
  if (!WORKSPACE_NAME.test(workspace)) {
    return refuse(`'${workspace}' is no name of 1 to 64 letters, digits, dots, dashes and underscores`);
  }
  const isolation = Isolation.nullable().safeParse(said.get('isolation') ?? null);
  if (!isolation.success) {
    return refuse(`'${said.get('isolation')}' is no isolation: ${Isolation.options.join(', ')}`);
  }
  const seed = new Set<string>();
  for (const each of said.get('seed')?.split('+') ?? []) {
    seed.add(seedSite(each) ?? refuse(`'${each}' is no host name`));
  }
  if (seed.size > 0 && isolation.data !== null && isolation.data !== 'context') {
    return refuse(`seed copies logins into a context, and the isolation is ${isolation.data}`);
  }
  return { port, workspace, isolation: isolation.data, seed: [...seed].sort() };
}

/** The same as a person would type it, in one way only: for comparison. */
export function listenText({ port, workspace, isolation, seed }: ListenSpec): string {
  return [
    `${port}=workspace:${workspace}`,
    ...(isolation ? [`isolation:${isolation}`] : []),
    ...(seed.length > 0 ? [`seed:${seed.join('+')}`] : []),
  ].join(',');
}
