import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Builds the package before the tests if its source is newer: they run the command that users run. */
export function setup(): void {
  const built = join(ROOT, 'dist/cli/main.js');
  const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const made = ['build.js', 'package.json', ...source.map((path) => join('src', path))];
  const newest = Math.max(...made.map((path) => statSync(join(ROOT, path)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  execFileSync(process.execPath, ['build.js'], { cwd: ROOT, stdio: 'inherit' });
}
