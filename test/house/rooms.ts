/**
 * Who may import whom, `a ← b`: a may import b. AGENTS.md has the same lines. `all` is for the one room that
 * joins the others.
 */
export const IMPORT_TABLE = `
core ← nothing · formats, protocols, profiles ← core · conform ← core, profiles
upstream ← core, formats, protocols, profiles, conform · replay ← core, formats
agent ← core · tools ← core, agent · durable ← core, agent · gateway ← core, protocols, conform, profiles
connect ← core, profiles · verify ← core, upstream, conform, profiles · console ← core, formats · cli ← all
`.trim();

/** What a room may use besides other rooms. A room that is not here may use nothing. */
export const OUTSIDE: { readonly [room: string]: { readonly node: boolean; readonly packages: string[] } } = {
  upstream: { node: true, packages: ['undici', 'eventsource-parser'] },
  conform: { node: true, packages: ['@cfworker/json-schema'] },
  gateway: { node: true, packages: ['prom-client', '@opentelemetry/api'] },
  replay: { node: true, packages: [] },
  agent: {
    node: false,
    packages: [
      '@cfworker/json-schema',
      '@standard-schema/spec',
      '@valibot/to-json-schema',
      '@opentelemetry/api',
    ],
  },
  tools: {
    node: true,
    packages: [
      'decimal.js',
      '@modelcontextprotocol/sdk',
      'diff',
      'undici',
      'quickjs-emscripten-core',
      '@jitl/quickjs-ng-wasmfile-release-sync',
    ],
  },
  durable: { node: true, packages: ['@photostructure/sqlite', '@dbos-inc/dbos-sdk', 'pg'] },
  connect: {
    node: true,
    packages: ['@decimalturn/toml-patch', '@humanwhocodes/momoa', 'diff', 'yaml'],
  },
  verify: { node: true, packages: ['eventsource-parser'] },
  cli: { node: true, packages: ['commander', 'eventsource-parser', 'picocolors', 'undici', 'yaml'] },
};

/** The table taken apart: the rooms that a room may import, or `all`. */
export function readTable(table: string): Map<string, readonly string[] | 'all'> {
  const rooms = new Map<string, readonly string[] | 'all'>();
  for (const rule of table.split(/·|\n/)) {
    const [importers = '', imported = ''] = rule.split('←').map((side) => side.trim());
    for (const room of importers.split(', ')) {
      rooms.set(room, imported === 'all' ? 'all' : imported === 'nothing' ? [] : imported.split(', '));
    }
  }
  return rooms;
}

/** The package that a specifier leads into; undefined for relative paths and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
