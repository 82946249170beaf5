import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './run.ts';
import { ROOT } from './source-files.ts';

export interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly bin: { readonly [command: string]: string };
  readonly exports: {
    readonly [subpath: string]: string | { readonly types: string; readonly default: string };
  };
  readonly engines: { readonly node: string };
  readonly devDependencies: { readonly [name: string]: string };
}

export interface Packed {
  readonly tarball: string;
  /** What the tarball holds, as paths in the package. */
  readonly files: readonly string[];
  readonly manifest: Manifest;
}

/** What is copied: what belongs into the tarball, and some of what does not. */
const TREE = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'AGENTS.md',
  'perigee.schema.json',
  'biome.json',
  'perigee.schema.json',
  'docs',
  'src',
  'test/house',
];

/**
 * Builds and packs the package as for a release, but in `folder`: other tests run the project's
 * `dist` meanwhile, and what an earlier build left there is none of a release's business.
 */
export async function packPackage(folder: string): Promise<Packed> {
  const stage = join(folder, 'stage');
  await mkdir(stage);
  const dist = join(stage, 'dist');
  await Promise.all([
    mustRun(process.execPath, ['build.js', dist], { cwd: ROOT }),
    ...TREE.map((name) => cp(join(ROOT, name), join(stage, name), { recursive: true })),
  ]);
  const said = await mustRun('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: stage,
  });
  const [packed] = Object.values(JSON.parse(said) as { filename: string; files: { path: string }[] }[]);
  return {
    tarball: join(folder, packed!.filename),
    files: packed!.files.map(({ path }) => path).sort(),
    manifest: JSON.parse(await readFile(join(stage, 'package.json'), 'utf8')) as Manifest,
  };
}

/** TypeScript's compiler, as a script for Node. */
export const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
