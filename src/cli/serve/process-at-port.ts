import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** The process that listens at a TCP port, where the system shows it (Linux, a process of one's own). */
export function processAtPort(port: number): { readonly pid: number; readonly name: string } | undefined {
  try {
    const inode = inodeOf(port);
    return inode === undefined ? undefined : ownerOf(`socket:[${inode}]`);
  } catch {
    return undefined;
  }
}

function inodeOf(port: number): string | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const row of readFileSync(table, 'latin1').split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
      if (state === LISTENING && local.endsWith(`:${wanted}`)) return inode;
    }
  }
  return undefined;
}

function ownerOf(socket: string): { pid: number; name: string } | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const open = readdirSync(`/proc/${pid}/fd`);
      if (!open.some((descriptor) => readlinkSync(`/proc/${pid}/fd/${descriptor}`) === socket)) continue;
      return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() };
    } catch {
      // It is somebody else's, or has ended, or has closed the file meanwhile.
    }
  }
  return undefined;
}
