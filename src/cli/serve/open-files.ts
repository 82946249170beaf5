import { readFileSync } from 'node:fs';

/** Fewer are soon used up: each request that is answered takes two, one to its client and one to its host. */
const FEW = 1024;

/** What a note says where this process may open few files, which the system tells (Linux): what comes beyond is cut off unheard. */
export function openFilesNotes(limits: string = ownLimits()): string[] {
  const most = /^Max open files +(\d+) /m.exec(limits)?.[1];
  if (most === undefined || Number(most) >= FEW) return [];
  const requests = Math.floor(Number(most) / 2);
  return [
    `this process may open ${most} files, so at most ${requests} requests at a time; more with ulimit -n or LimitNOFILE`,
  ];
}

function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return '';
  }
}
