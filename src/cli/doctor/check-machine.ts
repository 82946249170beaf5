import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Finding, finder } from './finding.ts';

/** The oldest Node that is tested. */
const OLDEST = [20, 19] as const;
/** Two for each client that is answered, and some. */
const FEW_FILES = 1024;

/** The version of Node. */
export function checkNode(version: string): Finding {
  const find = finder('node');
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  if (isOld) return find.fail(`${version} is too old`, `Install Node ${OLDEST.join('.')} or newer.`);
  if (major % 2 === 1)
    return find.warn(`${version} is a version that is not kept up for long`, 'Use an even one.');
  return find.ok(version);
}

/** How many files and connections the process may have open. */
export function checkFileLimit(): Finding {
  const find = finder('open files');
  const limit = openFiles();
  if (limit === undefined) return find.ok('this system sets no limit that can be read');
  if (limit < FEW_FILES) {
    return find.warn(
      `${limit} may be open at once, which is enough for about ${Math.floor(limit / 3)} clients`,
      'Raise it where the gateway is started:  ulimit -n 65536  or LimitNOFILE of its service.',
    );
  }
  return find.ok(`${limit} may be open at once`);
}

function openFiles(): number | undefined {
  const { report } = process;
  if (!report) return undefined;
  // Names of peers are not needed, and to look them up can take long.
  Object.assign(report, { excludeNetwork: true });
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } };
  const soft = Number(userLimits?.open_files?.soft);
  return Number.isFinite(soft) ? soft : undefined;
}

/** Whether the folder can be written to in which sessions and backups are kept. Nothing is made. */
export async function checkDataFolder(folder: string): Promise<Finding> {
  const find = finder('data folder');
  const advice = 'Make it writable, or name another one with PERIGEE_DATA_DIR.';
  let at = folder;
  for (;;) {
    try {
      const stats = await stat(at);
      if (!stats.isDirectory()) return find.fail(`${at} is no folder`, advice);
      await access(at, constants.W_OK | constants.X_OK);
      return find.ok(
        at === folder ? `${folder} can be written to` : `${folder} is not there yet and can be made`,
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT')
        return find.fail(`${at} ${code === 'ENOTDIR' ? 'is no folder' : 'may not be written to'}`, advice);
      const parent = dirname(at);
      if (parent === at) return find.fail(`${folder} cannot be made`, advice);
      at = parent;
    }
  }
}
