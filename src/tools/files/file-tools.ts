import type { Tool } from '../../agent/index.ts';
import { editFile } from './edit-file.ts';
import { listFiles } from './list-files.ts';
import { readFile } from './read-file.ts';
import { searchFiles } from './search-files.ts';
import { writeFile } from './write-file.ts';

/** What sees files. */
export type ReadingFileTools = {
  readonly list_files: Tool;
  readonly read_file: Tool;
  readonly search_files: Tool;
};

/** What changes files. */
export type WritingFileTools = {
  readonly write_file: Tool;
  readonly edit_file: Tool;
};

/** Where the files are, and what may be done with them. */
export interface FileToolsOptions {
  /** The folder; need not exist yet. */
  readonly root: string;
  /** Whether files may be written too; default false. */
  readonly write?: boolean;
  /** Milliseconds that a search may take before it gives what it has; default 10,000. */
  readonly searchMs?: number;
}

/**
 * Tools that see the files below `root` and nothing else: `list_files`, `read_file`, `search_files` and, with
 * `write: true`, `write_file` and `edit_file`. Paths that lead out of it, pipes, devices and binary files are refused
 * with a sentence.
 */
export function fileTools(
  options: FileToolsOptions & { readonly write: true },
): ReadingFileTools & WritingFileTools;
export function fileTools(options: FileToolsOptions): ReadingFileTools;
export function fileTools({ root, write = false, searchMs }: FileToolsOptions): ReadingFileTools {
  const reading = {
    list_files: listFiles(root),
    read_file: readFile(root),
    search_files: searchFiles(root, searchMs),
  };
  return write ? { ...reading, ...writingFileTools(root) } : reading;
}

/** `write_file` and `edit_file` alone. */
export function writingFileTools(root: string): WritingFileTools {
  return { write_file: writeFile(root), edit_file: editFile(root) };
}
