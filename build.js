import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

// `node build.js [FOLDER]`: writes the declarations of all modules and the code of the doors that package.json names.
// Node finds, reads and compiles each module by itself, which for hundreds of them takes longer than anything else that the command
// does before its first request. So there is one file for each door, and one for each part that several doors share or that is
// loaded later: whichever way somebody comes in, a class is the same one.

const root = dirname(fileURLToPath(import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
rmSync(dist, { recursive: true, force: true });

const compiler = join(root, 'node_modules/typescript/bin/tsc');
const declared = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', dist], {
  cwd: root,
  stdio: 'inherit',
});
if (declared.status !== 0) process.exit(1);

const { bin, exports: doors } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const code = [...Object.values(bin), ...Object.values(doors).map((door) => door.default ?? '')];
const names = code
  .filter((path) => path.endsWith('.js'))
  .map((path) => path.slice('./dist/'.length, -'.js'.length));
await build({
  cwd: root,
  input: Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])),
  external: /^[^./]/,
  platform: 'node',
  transform: { target: 'es2022' },
  onLog: (_, { message }) => {
    console.error(message);
    process.exitCode = 1;
  },
  output: {
    dir: dist,
    format: 'esm',
    chunkFileNames: 'parts/[name].js',
    // They stand in the declarations.
    comments: { jsdoc: false },
  },
});
