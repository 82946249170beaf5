import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IMPORT_TABLE, OUTSIDE, packageOf, readTable } from './rooms.ts';
import { type Import, ROOT, readSource, type SourceFile, takeApart, targetOf } from './source-files.ts';

const files = readSource();
const paths = new Set(files.map(({ path }) => path));
const table = readTable(IMPORT_TABLE);
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
};
/** Lines that a file may have before it is two; pure data, in a file `…-data.ts`, has no seam. */
const MOST_LINES = 300;

/** What `say` says of the imports for which it says something. */
function problems(say: (file: SourceFile, imported: Import) => string | undefined): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((imported) => {
      const problem = say(file, imported);
      return problem === undefined ? [] : [`${file.path}:${imported.line} ${problem}`];
    }),
  );
}

test('the reader of imports sees every kind of them', () => {
  const text = [
    "import a from 'static';",
    "import type { B } from 'type';",
    "export { c } from 'named';",
    "export * from 'all';",
    "export type { D } from 'type-export';",
    "import 'effect';",
    "type E = import('inline-type').E;",
    "const f = () => import('dynamic');",
    'export default 1;',
    'enum G { H }',
  ].join('\n');
  const { room, imports, defaultExports, enums } = takeApart('src/core/sample.ts', text);
  expect(room).toBe('core');
  expect(imports.map(({ specifier, line }) => `${line} ${specifier}`)).toEqual([
    '1 static',
    '2 type',
    '3 named',
    '4 all',
    '5 type-export',
    '6 effect',
    '7 inline-type',
    '8 dynamic',
  ]);
  expect(imports.filter(({ isType }) => isType).map(({ line }) => line)).toEqual([2, 5, 7]);
  expect(imports.filter(({ isDynamic }) => isDynamic).map(({ line }) => line)).toEqual([8]);
  expect([defaultExports, enums]).toEqual([[9], [10]]);
});

test('the table is read as it is meant', () => {
  expect([...table.keys()]).toHaveLength(15);
  expect(table.get('core')).toEqual([]);
  expect(table.get('replay')).toEqual(['core', 'formats']);
  expect(table.get('cli')).toBe('all');
});

test('every file stands in a room of the table', () => {
  const strays = files
    .filter(({ room }) => !table.has(room))
    .map(({ path }) => `${path} is in no room of the import table: move it into one, or add the room`);
  expect(strays).toEqual([]);
});

test('rooms import only the rooms that the table allows', () => {
  expect(
    problems(({ path, room }, { specifier }) => {
      if (!specifier.startsWith('.')) return;
      const target = targetOf(path, specifier).split('/')[1]!;
      const allowed = table.get(room);
      if (target === room || allowed === 'all' || allowed?.includes(target)) return;
      return `imports ${target}, but ${room} may import only ${allowed?.join(', ') || 'nothing'}: move the code to where both may reach it, or hand it in as an argument`;
    }),
  ).toEqual([]);
});

test('rooms know each other only by their index.ts', () => {
  expect(
    problems(({ path, room }, { specifier }) => {
      if (!specifier.startsWith('.')) return;
      const target = targetOf(path, specifier);
      const other = target.split('/')[1]!;
      if (other === room || target === `src/${other}/index.ts`) return;
      return `reaches into ${target}: import it from src/${other}/index.ts, and export it there if it is meant for others`;
    }),
  ).toEqual([]);
});

test('every relative import leads to a file of src', () => {
  expect(
    problems(({ path }, { specifier }) => {
      if (!specifier.startsWith('.') || paths.has(targetOf(path, specifier))) return;
      return `imports ${specifier}, which is no file of src: write the whole name, .ts included`;
    }),
  ).toEqual([]);
});

test('no files import each other in a circle, types included', () => {
  const circles = findCircles(
    new Map(
      files.map(({ path, imports }) => [
        path,
        imports.map(({ specifier }) => targetOf(path, specifier)).filter((target) => paths.has(target)),
      ]),
    ),
  );
  expect(
    circles.map((circle) => `${circle.join(' → ')}: move what both need into a file of its own`),
  ).toEqual([]);
});

test('a circle is found wherever it begins', () => {
  const graph = { a: ['b'], b: ['c', 'd'], c: ['d'], d: ['b'] };
  expect(findCircles(new Map(Object.entries(graph)))).toEqual([['b', 'c', 'd', 'b']]);
});

test("rooms use only the packages and Node's own modules that are theirs", () => {
  expect(
    problems(({ room }, { specifier }) => {
      const name = packageOf(specifier);
      if (specifier.startsWith('node:')) {
        if (OUTSIDE[room]?.node) return;
        return `imports ${specifier}, but ${room} runs without Node: take what is needed as an argument`;
      }
      if (name === undefined || OUTSIDE[room]?.packages.includes(name)) return;
      if (isBuiltin(specifier)) return `imports ${specifier}: write node:${specifier}`;
      return `imports ${name}, which ${room} may not use: see test/house/rooms.ts and docs/decisions/dependencies.md`;
    }),
  ).toEqual([]);
});

test('every package that is used is declared, and every declared one is used', () => {
  const declared = new Set(Object.keys(manifest.dependencies));
  const optional = new Set(Object.keys({ ...manifest.peerDependencies, ...manifest.optionalDependencies }));
  expect(
    problems((_, { specifier, isType, isDynamic }) => {
      const name = packageOf(specifier);
      if (name === undefined || declared.has(name)) return;
      if (!optional.has(name)) return `imports ${name}: add it to the dependencies in package.json`;
      if (!isType && !isDynamic) return `imports ${name}, which may be absent: load it with import()`;
      return;
    }),
  ).toEqual([]);
  const used = new Set(files.flatMap(({ imports }) => imports.map(({ specifier }) => packageOf(specifier))));
  expect(
    [...declared, ...optional]
      .filter((name) => !used.has(name))
      .map((name) => `package.json asks for ${name}, which no file of src imports: take it out`),
  ).toEqual([]);
});

test('files are small, pure data aside', () => {
  const long = files
    .map(({ path, text }) => ({ path, text, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
    .filter(({ path, text }) => !path.endsWith('-data.ts') || /\bfunction\b|=>|\bclass\b/.test(text))
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${MOST_LINES}: find the seam`);
  expect(long).toEqual([]);
});

test('names are kebab-case; nothing is exported as default; there are no enums', () => {
  expect(
    files.flatMap(({ path, defaultExports, enums }) => [
      ...(/^[a-z0-9/-]+\.tsx?$/.test(path) ? [] : [`${path}: name it in kebab-case`]),
      ...defaultExports.map((line) => `${path}:${line} exports a default: give it a name`),
      ...enums.map((line) => `${path}:${line} has an enum: use a union of strings`),
    ]),
  ).toEqual([]);
});

test('an index.ts only passes on', () => {
  const busy = files
    .filter(
      ({ path, text }) => path.endsWith('/index.ts') && /^(?!export (type )?[{*]|[ }]|\/?\*|$)/m.test(text),
    )
    .map(({ path }) => `${path} does more than re-export: move that into a file of its own`);
  expect(busy).toEqual([]);
});

/** One circle for each knot of files that reach each other, as a path that ends where it began. */
function findCircles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): void => {
    const seen = path.indexOf(node);
    if (seen >= 0) circles.push([...path.slice(seen), node]);
    if (seen >= 0 || done.has(node)) return;
    for (const next of graph.get(node) ?? []) walk(next, [...path, node]);
    done.add(node);
  };
  for (const node of graph.keys()) walk(node, []);
  return circles.filter((circle, position) => position === circles.findIndex((c) => sharesNode(c, circle)));
}

function sharesNode(a: readonly string[], b: readonly string[]): boolean {
  return a.some((node) => b.includes(node));
}
