import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { confirmInside, explain, type Inside } from './jail.ts';

/** What a file held when it was read. */
export interface ReadInside {
  readonly bytes: Buffer;
  /** Whether the file goes on behind `bytes`. */
  readonly more: boolean;
  readonly stats: Stats;
}

/** Reads at most `limit` bytes of a regular file that was found inside; refuses all that is none. */
export async function readInside(inside: Inside, path: string, limit: number): Promise<ReadInside> {
  const { real } = inside;
  // Asked before opening: opening a pipe would wait for a writer, and opening a device may do anything.
  const before = await lstat(real).catch((error: unknown) => {
    throw explain(error, path);
  });
  checkRegular(before, path);
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
  const file = await open(real, flags).catch((error: unknown) => {
    throw explain(error, path);
  });
  try {
    const stats = await file.stat();
    checkRegular(stats, path);
    await confirmInside(file, inside, path);
    const bytes = await readUpTo(file, limit + 1);
    return { bytes: bytes.subarray(0, limit), more: bytes.length > limit, stats };
  } finally {
    await file.close();
  }
}

/** Refuses directories, pipes, sockets and devices with a sentence. */
export function checkRegular(stats: Stats, path: string): void {
  const quoted = JSON.stringify(path);
  if (stats.isDirectory()) throw new Error(`${quoted} is a directory; list_files shows what is in it.`);
  if (!stats.isFile()) throw new Error(`${quoted} is not a regular file.`);
}

async function readUpTo(file: FileHandle, limit: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  while (length < limit) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(256 * 1024, limit - length)));
    if (bytesRead === 0) break;
    parts.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(parts);
}

/** Bytes as text, without a BOM; `cut` when the file goes on behind them. Throws for what is no UTF-8 text. */
export function decodeText(bytes: Buffer, path: string, cut = false): string {
  const text = textOf(bytes, cut);
  if (text === undefined) throw new Error(`${JSON.stringify(path)} is a binary file, not text.`);
  return text;
}

/** Bytes as text, or undefined when they are none. */
export function textOf(bytes: Buffer, cut = false): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    // `stream` forgives a character that was cut at the limit.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
  } catch {
    return undefined;
  }
}
