import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { isJsonObject, PerigeeError, parseJsonObject } from '../../core/index.ts';

/** Who works on a session. */
export interface SessionOwner {
  readonly pid: number;
  readonly host: string;
  /** Since when, in milliseconds since 1970. */
  readonly since: number;
  /** What it runs, as in `perigee run`. */
  readonly command: string;
}

/** What the file beside a session says, for other processes of the same user. */
export interface OwnerCard extends SessionOwner {
  /** Where it can be asked; absent where no socket could be made. */
  readonly socket?: string;
  /** What it wants to hear first, so that no other user is answered. */
  readonly token: string;
}

/** The card of this process. */
export function ownCard(command: string | undefined, socket: string | undefined, token: string): OwnerCard {
  return {
    pid: process.pid,
    host: hostname(),
    since: Date.now(),
    command: command ?? thisCommand(),
    token,
    ...(socket !== undefined && { socket }),
  };
}

export function newToken(): string {
  return randomBytes(16).toString('hex');
}

/** Written whole or not at all. Whether it could be: a session works without. */
export function writeCard(path: string, card: OwnerCard): boolean {
  const draft = `${path}.${card.token.slice(0, 8)}`;
  try {
    writeFileSync(draft, JSON.stringify(card), { mode: 0o600 });
    renameSync(draft, path);
    return true;
  } catch {
    rmSync(draft, { force: true });
    return false;
  }
}

/** The card that lies beside a session. Its process may long be gone. */
export function readCard(path: string): OwnerCard | undefined {
  let card: Record<string, unknown> | undefined;
  try {
    card = parseJsonObject(readFileSync(path, 'utf8'));
  } catch {}
  if (!isJsonObject(card)) return undefined;
  const { pid, host, since, command, token, socket } = card;
  if (typeof pid !== 'number' || typeof since !== 'number') return undefined;
  if (typeof host !== 'string' || typeof command !== 'string' || typeof token !== 'string') return undefined;
  return { pid, host, since, command, token, ...(typeof socket === 'string' && { socket }) };
}

/** Removes the card if it is still the one that was written here. */
export function removeCard(path: string, token: string): void {
  if (readCard(path)?.token === token) rmSync(path, { force: true });
}

/** The error for a session that somebody else works on. */
export function busyError(name: string, owner: SessionOwner | undefined): PerigeeError {
  const who = owner === undefined ? 'another process' : ownerText(owner);
  return new PerigeeError('session-busy', `Session "${name}" is in use by ${who}.`, {
    remedy: `Wait for it, end it, or work on a copy: perigee sessions fork ${name} COPY.`,
    retryable: true,
  });
}

/** Of a session that was to be removed for being idle, and is not. */
export function usedError(name: string): PerigeeError {
  return new PerigeeError(
    'session-busy',
    `Session "${name}" was used in the meantime, or its run is not over.`,
  );
}

/** An owner in words. */
export function ownerText({ pid, host, since, command }: SessionOwner): string {
  const who = pid === process.pid && host === hostname() ? 'this process' : `process ${pid}`;
  const where = host === hostname() ? '' : ` on ${host}`;
  return `${who}${where} (${command}, since ${new Date(since).toISOString()})`;
}

/** The program and, where there is one, its command; not what else it was given, which may be private. */
function thisCommand(): string {
  const [, script = 'node', command = ''] = process.argv;
  const program = basename(script);
  return /^[a-z][a-z-]*$/.test(command) ? `${program} ${command}` : program;
}
