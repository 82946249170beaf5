import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/** Imports a module of the source that no door of the package leads to. `path`: from the project's folder. */
export async function importSource(path) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { output } = await build({ cwd: root, input: path, platform: 'node', write: false });
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}
