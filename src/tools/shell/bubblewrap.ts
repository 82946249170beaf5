import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';

/** What a command may do in the sandbox. */
export interface Walls {
  /** The folder that it may write to, links followed. */
  readonly root: string;
  /** Whether it may use the network. */
  readonly network: boolean;
  /** Further paths that it may read although they are in the home folder or another hidden place. */
  readonly readable: readonly string[];
}

/** Whether commands can be run in bubblewrap here, and if not, why. */
export type Sandbox = { readonly usable: true } | { readonly usable: false; readonly reason: string };

const PROBE_LIMIT_MS = 10_000;

/**
 * The arguments of `bwrap` up to the command. All is readable and nothing writable but the root; `/tmp`, `/var/tmp`,
 * `/run` (where the sockets of services are: a network namespace does not stop those) and the home folder are empty.
 */
export function bubblewrapArguments({ root, network, readable }: Walls): string[] {
  return [
    ...['--die-with-parent', '--new-session', '--unshare-user', '--unshare-pid', '--unshare-ipc'],
    ...['--unshare-uts', '--unshare-cgroup-try', ...(network ? [] : ['--unshare-net'])],
    // Who is root outside would keep the power to mount everything anew.
    ...['--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...hiddenFolders().flatMap((folder) => ['--tmpfs', folder]),
    // Where names of hosts are looked up on systems with systemd.
    ...(network ? ['--ro-bind-try', '/run/systemd/resolve', '/run/systemd/resolve'] : []),
    ...readable.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--bind', root, root, '--chdir', root, '--'],
  ];
}

/** The folders that are empty in the sandbox. `HOME` may say another home folder than the system does: both are hidden. */
function hiddenFolders(): string[] {
  const folders = ['/tmp', '/var/tmp', '/run', homedir(), systemHome()];
  const real = folders.flatMap((folder) => (existsSync(folder) ? [realpathSync(folder)] : []));
  return [...new Set(real)].filter((folder) => folder !== '/');
}

function systemHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // In some containers the user has no entry.
    return '/';
  }
}

/** Tries bubblewrap with these walls: it may be installed and still be of no use, as in many containers. */
export function probeBubblewrap(walls: Walls): Promise<Sandbox> {
  if (process.platform !== 'linux') {
    return Promise.resolve({ usable: false, reason: 'bubblewrap exists for Linux only' });
  }
  return new Promise((resolve) => {
    const args = [...bubblewrapArguments(walls), 'true'];
    execFile('bwrap', args, { timeout: PROBE_LIMIT_MS, killSignal: 'SIGKILL' }, (error, _, stderr) => {
      if (!error) resolve({ usable: true });
      else if (error.code === 'ENOENT') resolve({ usable: false, reason: 'bubblewrap is not installed' });
      else resolve({ usable: false, reason: `bubblewrap does not work here (${firstLine(stderr)})` });
    });
  });
}

function firstLine(stderr: string): string {
  return stderr.trim().split('\n')[0]?.slice(0, 200) || 'it did not say why';
}
