import type { Edit } from './plan.ts';
import type { JsonValue } from './value.ts';

/** How a kind of file is read and changed. Texts are without a byte order mark and may have any line ends. */
export interface FileText {
  /** What it holds; undefined when there is nothing in it. Throws `config-invalid` with the line when it does not parse. */
  read(text: string): unknown;
  /** The text with the edits made, one after the other; everything else stays as it is. */
  apply(text: string, edits: readonly Edit[]): string;
  /** The text of a new file, with `\n` at the ends of lines. */
  fresh(value: JsonValue): string;
}
