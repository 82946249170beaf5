import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONSUMER, CONSUMER_WITHOUT_NODE } from './consumer-source.ts';
import { compiler, type Packed, packPackage } from './packed.ts';
import { mustRun, run } from './run.ts';
import { ROOT, readSource } from './source-files.ts';

/** What each door of the package is there for. */
const MAIN_NAMES: { readonly [subpath: string]: readonly string[] } = {
  '.': ['PerigeeError', 'TurnAssembler', 'CallIds', 'modelStream', 'costOf'],
  './formats': ['parse', 'createParser', 'createReparser', 'renderPrompt', 'repairArguments'],
  './protocols': ['createChatStreamDecoder', 'decodeChatResponse', 'encodeChatRequest', 'decodeChatError'],
  './profiles': ['modelProfile', 'hostProfile', 'pricesOf', 'MODEL_PROFILES'],
  './upstream': ['openaiChat', 'completions', 'retrying'],
  './conform': ['conform', 'conformed', 'askingAgain', 'toMfjs', 'checkMfjs', 'ReasoningMemory'],
  './gateway': ['createGateway'],
  './replay': ['scripted', 'record', 'replay', 'chaos', 'practiceModel'],
  './agent': ['agent', 'tool', 'RunError'],
  './durable': ['sqliteSessions', 'conversationOf', 'repairMessages', 'forkPoint'],
  './tools': [
    'calculator',
    'fileTools',
    'httpTool',
    'incidentTools',
    'mcpTools',
    'moonshotTools',
    'runCodeTool',
    'shellTool',
    'toolsets',
  ],
};

/** Outside of the project. */
let folder: string;
let packed: Packed;
/** A fresh project into which the tarball was installed. */
let project: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perigee-pack-'));
  packed = await packPackage(folder);
  project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }');
  const { zod, '@types/node': types } = packed.manifest.devDependencies;
  await mustRun(
    'npm',
    [
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      packed.tarball,
      `zod@${zod}`,
      `@types/node@${types}`,
    ],
    { cwd: project },
  );
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  test('holds declarations of all sources, the code of its doors and what that imports, the papers, and nothing else', async () => {
    const declarations = readSource().map(({ path }) =>
      path.replace(/^src/, 'dist').replace(/\.ts$/, '.d.ts'),
    );
    const built = packed.files.filter((path) => path.startsWith('dist/'));
    expect(built.filter((path) => path.endsWith('.d.ts'))).toEqual(declarations.sort());
    const code = await reachedCode(packed.manifest);
    expect(built.filter((path) => !path.endsWith('.d.ts'))).toEqual([...code].sort());
    const papers = packed.files.filter((path) => !path.startsWith('dist/'));
    expect(papers.filter((path) => !/^docs\/[a-z-]+\.md$/.test(path))).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      'perigee.schema.json',
    ]);
    expect(papers).toContain('docs/errors.md');
  });

  test('passes publint', async () => {
    const publint = join(ROOT, 'node_modules', 'publint', 'src', 'cli.js');
    await mustRun(process.execPath, [publint, 'run', packed.tarball, '--strict'], { cwd: ROOT });
  });

  test('has types that TypeScript finds in every way of resolving that knows ES modules', async () => {
    const attw = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
    const args = [attw, packed.tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'];
    // The schema of the configuration is no module.
    args.push('--exclude-entrypoints', 'perigee.schema.json');
    await mustRun(process.execPath, args, { cwd: ROOT });
  });
});

describe('in a fresh project', () => {
  test('every subpath is imported and has its main names', async () => {
    const subpaths = Object.keys(packed.manifest.exports).filter((subpath) => !subpath.endsWith('.json'));
    expect(subpaths.sort()).toEqual(Object.keys(MAIN_NAMES).sort());
    const script = `
      const names = {};
      for (const subpath of ${JSON.stringify(subpaths)}) {
        names[subpath] = Object.keys(await import('perigee' + subpath.slice(1)));
      }
      console.log(JSON.stringify(names));`;
    const said = await mustRun(process.execPath, ['--input-type=module', '--eval', script], { cwd: project });
    const names = JSON.parse(said) as Record<string, string[]>;
    for (const [subpath, expected] of Object.entries(MAIN_NAMES)) {
      expect(names[subpath], subpath).toEqual(expect.arrayContaining([...expected]));
    }
  });

  test('nothing else of the package can be imported', async () => {
    const script = "await import('perigee/dist/core/index.js')";
    const { code, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: project,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  test('npx perigee runs', async () => {
    const said = await mustRun('npx', ['--no-install', 'perigee', '--version'], { cwd: project });
    expect(said.trim()).toBe(packed.manifest.version);
  });

  test('npx perigee parses what a model wrote', async () => {
    const input = 'Hm.<|tool_call_begin|>functions.add:0<|tool_call_argument_begin|>{"a":1}<|tool_call_end|>';
    const said = await mustRun('npx', ['--no-install', 'perigee', 'parse'], { cwd: project, input });
    expect(said).toContain('"add"');
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('types check with module %s and resolution %s', async (module, moduleResolution) => {
    await checkTypes(`node-${moduleResolution}`, CONSUMER, {
      module,
      moduleResolution,
      lib: ['es2023'],
      types: ['node'],
    });
  });

  test("types check for a browser, without Node's own", async () => {
    await checkTypes('browser', CONSUMER_WITHOUT_NODE, {
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2022', 'dom'],
      types: [],
    });
  });

  test('what it installs stays small', async () => {
    const listed = await readFile(join(project, 'node_modules', '.package-lock.json'), 'utf8');
    const { packages } = JSON.parse(listed) as { packages: Record<string, { dev?: boolean }> };
    const ours = Object.keys(packages).filter(
      (path) => !/node_modules\/(zod|@types\/node|undici-types)$/.test(path),
    );
    console.log(`perigee installs ${ours.length} packages: ${ours.map((path) => path.slice(13)).join(', ')}`);
    // Three of them are SQLite for Node 20.
    expect(ours.length).toBeLessThanOrEqual(20);
  });
});

/** The files that the doors of the package lead to, the doors included. */
async function reachedCode({ bin, exports }: Packed['manifest']): Promise<ReadonlySet<string>> {
  const doors = [
    ...Object.values(bin),
    ...Object.values(exports).map((door) => (typeof door === 'string' ? door : door.default)),
  ];
  const reached = new Set(doors.filter((path) => path.endsWith('.js')).map((path) => posix.normalize(path)));
  for (const path of reached) {
    const text = await readFile(join(ROOT, path), 'utf8');
    for (const [, from = ''] of text.matchAll(/(?:from|import|import\() ?["'](\.\.?\/[^"']+)["']/g)) {
      reached.add(posix.join(posix.dirname(path), from));
    }
  }
  return reached;
}

/** Checks a file of the project, our declarations and those of our dependencies with it. */
async function checkTypes(name: string, source: string, compilerOptions: object): Promise<void> {
  const consumer = join(project, name);
  await mkdir(consumer);
  await writeFile(join(consumer, 'consumer.ts'), source);
  const options = { strict: true, noEmit: true, target: 'es2022', ...compilerOptions };
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  await mustRun(process.execPath, [compiler, '-p', consumer], { cwd: project });
}
