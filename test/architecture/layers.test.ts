import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The law of docs/architecture: which room may import which, and which npm package may be imported where.
 * A room that is not in the table may import nothing.
 */
const ROOMS: Record<string, { rooms: string[]; packages: string[] }> = {
  shared: { rooms: [], packages: ['zod', 'pino', 'env-paths', 'pid-port', 're2js'] },
  proxy: { rooms: ['shared'], packages: [] },
  gateway: {
    rooms: [
      'shared',
      'gateway/protocol',
      'gateway/isolation',
      'gateway/mux',
      'gateway/socket',
      'gateway/cdp',
      'gateway/http',
      'gateway/http/shapes',
      'gateway/traffic',
      'gateway/contract',
      'gateway/mcp',
    ],
    packages: ['ws', 'undici', 'hono', '@hono/node-server', '@hono/zod-openapi'],
  },
  'gateway/protocol': { rooms: ['gateway/contract'], packages: [] },
  'gateway/isolation': { rooms: ['shared', 'gateway/contract', 'gateway/protocol'], packages: [] },
  'gateway/mux': {
    rooms: ['shared', 'gateway/contract', 'gateway/protocol', 'gateway/isolation'],
    packages: [],
  },
  'gateway/cdp': {
    rooms: [
      'shared',
      'gateway/contract',
      'gateway/protocol',
      'gateway/isolation',
      'gateway/mux',
      'gateway/socket',
      'gateway/http/shapes',
    ],
    packages: ['ws', 'undici', 'hono', '@hono/zod-openapi'],
  },
  'gateway/socket': { rooms: ['gateway/contract', 'gateway/protocol'], packages: ['ws'] },
  'gateway/http': {
    rooms: ['shared', 'gateway/contract', 'gateway/http/shapes'],
    packages: ['hono', 'zod', '@hono/zod-openapi'],
  },
  'gateway/http/shapes': {
    rooms: ['shared', 'gateway/contract'],
    packages: ['hono', 'zod', '@hono/zod-openapi'],
  },
  'gateway/traffic': { rooms: ['shared', 'gateway/contract'], packages: [] },
  'gateway/contract': { rooms: ['shared'], packages: [] },
  'gateway/mcp': {
    rooms: ['shared', 'gateway/contract', 'gateway/mcp/browser', 'gateway/mcp/tools'],
    packages: ['@modelcontextprotocol/sdk', 'zod'],
  },
  'gateway/mcp/tools': {
    rooms: ['shared', 'gateway/contract', 'gateway/mcp/browser'],
    packages: ['zod'],
  },
  'gateway/mcp/browser': { rooms: ['shared', 'gateway/contract'], packages: ['puppeteer-core'] },
  supervisor: { rooms: ['shared', 'supervisor/browser'], packages: ['execa', 'get-port', 'zod'] },
  'supervisor/browser': {
    rooms: ['shared'],
    packages: ['execa', 'chrome-launcher', 'get-port', 'undici', '@puppeteer/browsers', 'zod'],
  },
  cli: {
    rooms: ['shared', 'cli/commands', 'cli/bridge', 'cli/config-clients', 'cli/ui'],
    packages: ['commander', 'zod'],
  },
  'cli/bridge': { rooms: ['shared', 'cli'], packages: [] },
  'cli/commands': { rooms: ['shared', 'cli', 'cli/config-clients'], packages: ['undici'] },
  'cli/config-clients': { rooms: ['shared'], packages: ['jsonc-parser', 'smol-toml'] },
  'cli/ui': { rooms: ['shared'], packages: ['fast-png', 'ink', 'react', 'string-width'] },
};

/** Folders inside these rooms belong to the room itself. */
const OPEN = ['cli/ui', 'shared', 'gateway/mcp/tools'];
/** Parts of the screen that must work without a terminal: no Ink, no React. */
const PURE_UI = ['store', 'view', 'filter', 'keymap', 'commands', 'layout', 'theme'];

const root = resolve(import.meta.dirname, '../../src');

interface Import {
  from: string;
  to: string;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const imports: Import[] = files.flatMap((file) => importsOf(file).map((to) => ({ from: file, to })));
const inner = imports
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to }) => ({ from, to: resolveImport(from, to) }));
const outer = imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'));

describe('the rooms of src', () => {
  it('are all seen, with their imports', () => {
    expect(new Set(files.map(roomOf))).toEqual(new Set(Object.keys(ROOMS)));
    expect(inner.length).toBeGreaterThan(files.length);
    expect(outer.length).toBeGreaterThan(10);
  });

  it('import only the rooms that they may', () => {
    const broken = inner.filter(({ from, to }) => {
      const [a, b] = [roomOf(from), roomOf(to)];
      return a !== b && !ROOMS[a]?.rooms.includes(b);
    });
    expect(broken).toEqual([]);
  });

  it('import only the packages that they may', () => {
    const broken = outer.filter(({ from, to }) => !ROOMS[roomOf(from)]?.packages.includes(packageOf(to)));
    expect(broken).toEqual([]);
  });

  it('have no cycles between files', () => {
    expect(cycles()).toEqual([]);
  });

  it('keep the pure parts of the screen free of Ink and React', () => {
    const pure = files.filter((file) =>
      PURE_UI.some((name) => new RegExp(`^cli/ui/${name}(/|\\.tsx?$)`).test(file)),
    );
    expect(pure.length).toBeGreaterThan(3);
    const broken = outer.filter(
      ({ from, to }) => pure.includes(from) && ['ink', 'react'].includes(packageOf(to)),
    );
    expect(broken).toEqual([]);
  });

  it('load Ink only behind an import() in the command line', () => {
    const inkFiles = new Set(outer.filter(({ to }) => to === 'ink').map(({ from }) => from));
    expect(inkFiles.size).toBeGreaterThan(0);
    const eager = inner.filter(
      ({ from, to }) => !from.startsWith('cli/ui/') && to.startsWith('cli/ui/') && !isLazy(from, to),
    );
    expect(eager).toEqual([]);
  });

  it('hold no file of over 500 lines', () => {
    const long = files.filter((file) => source(file).split('\n').length > 500);
    expect(long).toEqual([]);
  });
});

function source(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`; type imports count as well. */
function importsOf(file: string): string[] {
  const pattern = /(?:^|[\s;}])(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;
  return [...source(file).matchAll(pattern)].flatMap(([, to]) => (to ? [to] : []));
}

function isLazy(from: string, to: string): boolean {
  const name = to.slice(to.lastIndexOf('/') + 1).replaceAll('.', '\\.');
  return new RegExp(`import\\(\\s*['"][^'"]*${name}['"]`).test(source(from));
}

function resolveImport(from: string, to: string): string {
  return relative(root, resolve(root, dirname(from), to));
}

function roomOf(file: string): string {
  const folder = dirname(file);
  const open = OPEN.find((room) => folder === room || folder.startsWith(`${room}/`));
  return open ?? folder;
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function cycles(): string[] {
  const graph = Map.groupBy(inner, ({ from }) => from);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) {
      found.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const { to } of graph.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}
