import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definition } from '../src/gateway/mcp/server.ts';
import { toolsOf } from '../src/gateway/mcp/tools/all.ts';
import { DEFAULT_GROUPS, GROUPS, type Group, type Tool } from '../src/gateway/mcp/tools/tool.ts';

/** Writes docs/tools.md from the tools themselves: `npm run docs`. */

export const TOOLS_REFERENCE = join(import.meta.dirname, '../docs/tools.md');

const ABOUT: Record<Group, string> = {
  core: 'What every agent needs: pages, looking at them, acting on them.',
  debug: 'What a page says on its console and asks the network for.',
  emulation: 'The page on another device, network or place.',
  trace: 'What Chrome does over a while, and the main figures of it.',
  artifacts: 'The files of the session: screenshots, downloads, results too large to be said.',
};

interface Schema {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** The whole page, as Markdown. */
export function toolsReference(): string {
  const groups = GROUPS.filter((group) => toolsOf([group]).length > 0);
  return `${[HEAD, sizes(groups), REST, ...groups.map(section)].join('\n\n')}\n`;
}

const HEAD = `# Tools of the MCP server

<!-- Made by \`npm run docs\` from src/gateway/mcp/tools: edit the tools, not this. -->

What an agent finds at \`/mcp\`, and over \`cdp-hub mcp\`. A client takes the groups that it names, \`/mcp?tools=core,debug\` or
\`cdp-hub mcp --tools core,debug\`, \`all\` for all of them, and ${DEFAULT_GROUPS.map((group) => `\`${group}\``).join(', ')} where it names none. What
\`tools/list\` says of them is what each agent has in its context, so it is counted:`;

const REST = `Every tool of a page takes \`pageId\`, the page that it is for: the selected one where it is not given. It is left out below. Calls for one
page are done one after the other; those for several pages at once. An element is named by its \`uid\` in a snapshot. What is too
large for an answer lies among the artifacts of the session, with a \`resource_link\` in the answer; so does what a page downloads.

Resources: \`cdp-hub://artifacts/NAME\`, \`cdp-hub://clients\` (JSON) and \`cdp-hub://log\` (text), all of which can be subscribed to. What is
told of one is told at most once a second.`;

function sizes(groups: readonly Group[]): string {
  const row = (name: string, of: readonly Group[]) => {
    const tools = toolsOf(of);
    const bytes = Buffer.byteLength(JSON.stringify({ tools: tools.map(definition) }));
    return `| ${name} | ${tools.length} | ${bytes} |`;
  };
  return [
    '| group | tools | bytes of `tools/list` |',
    '|---|--:|--:|',
    ...groups.map((group) => row(`[${group}](#${group})`, [group])),
    row('what a client gets that names none', DEFAULT_GROUPS),
    row('`all`', GROUPS),
  ].join('\n');
}

function section(group: Group): string {
  return [`## ${group}`, ABOUT[group], ...toolsOf([group]).map(entry)].join('\n\n');
}

function entry(tool: Tool): string {
  const { properties = {}, required = [] } = definition(tool).inputSchema as Schema;
  const given = Object.entries(properties).filter(([name]) => name !== 'pageId' || tool.of === 'session');
  const rows = given.map(([name, schema]) =>
    ['', `\`${name}\``, typeOf(schema), required.includes(name) ? 'yes' : '', oneLine(schema.description), '']
      .join(' | ')
      .trim(),
  );
  const table = ['| argument | type | required | |', '|---|---|---|---|', ...rows].join('\n');
  const structure = tool.output ? ' It answers with `structuredContent` as well.' : '';
  return [
    `### ${tool.name}`,
    `${oneLine(tool.description)}${structure}`,
    `*${hints(tool)}*`,
    rows.length > 0 ? table : 'It takes no argument of its own.',
  ].join('\n\n');
}

/** The annotations in words, in the sense of MCP: what is not said has the protocol's default. */
function hints({ of, annotations }: Tool): string {
  const { readOnlyHint, destructiveHint = true, idempotentHint = false, openWorldHint } = annotations;
  const changes = destructiveHint ? 'may destroy' : 'changes, but destroys nothing';
  return [
    of === 'session'
      ? 'of the session'
      : of === 'page'
        ? 'of a page'
        : 'of a page, with a dialog open as well',
    readOnlyHint ? 'reads only' : changes,
    ...(idempotentHint && !readOnlyHint ? ['twice is as once'] : []),
    openWorldHint ? 'open world' : 'closed world',
  ].join(' · ');
}

function typeOf({ type, enum: values, const: only, anyOf, items, properties }: Schema): string {
  if (values) return values.map((value) => `\`${JSON.stringify(value)}\``).join(' ');
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (anyOf) return anyOf.map(typeOf).join(' or ');
  if (type === 'array') return `array of ${items ? typeOf(items) : 'anything'}`;
  if (properties) {
    const members = Object.entries(properties).map(([name, schema]) => `\`${name}\` (${typeOf(schema)})`);
    return `object: ${members.join(', ')}`;
  }
  return [type ?? 'anything'].flat().join(' or ');
}

function oneLine(text = ''): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '\\<');
}

if (import.meta.main) writeFileSync(TOOLS_REFERENCE, toolsReference());
