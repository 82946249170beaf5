import { posix, sep } from 'node:path';
import type { Access } from '../../agent/index.ts';

/**
 * What a call touches, as in `file:src/a.ts`, relative to the folder of the file tools. It is the path by its text:
 * two links to one file are two.
 */
export function accessTo(path: string, mode: Access['mode']): Access {
  const normal = posix.normalize(path.replaceAll(sep, '/')).replace(/(?<=.)\/$/, '');
  return { resource: `file:${normal}`, mode };
}

/**
 * A file that is written, and the folders that it is in: who lists or searches one of these in the same turn sees them
 * before or after, as the model has written its calls.
 */
export function accessesOfWriting(path: string): Access[] {
  const accesses = [accessTo(path, 'write')];
  for (let at = path.replaceAll(sep, '/'); ; ) {
    const above = posix.dirname(posix.normalize(at));
    if (above === at || above.startsWith('..')) return accesses;
    accesses.push(accessTo(above, 'write'));
    at = above;
  }
}
