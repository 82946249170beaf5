import { PerigeeError } from '../../core/index.ts';
import { held, merged, printed } from '../merge/merge.ts';
import { pathText } from '../merge/value.ts';
import type { ClientSetup, SetupChoice } from '../setup.ts';
import { decoded, type FoundFile, findFile } from './read-file.ts';

/** What a write would make of one file. */
export interface PreparedFile {
  readonly found: FoundFile;
  readonly before: string;
  readonly after: string;
  /** What is to be written; undefined when the file holds all of it already. */
  readonly bytes?: Buffer;
  /** Keys that another set-up left and that must be taken out by hand, as people write them. */
  readonly leftovers: readonly string[];
}

/**
 * What the files of a client would be with its set-up in them. Nothing is written. Throws `config-invalid`, with the line,
 * for a file that does not parse or cannot be merged into.
 */
export async function prepareFiles(
  { files }: ClientSetup,
  places: readonly string[],
  choice: SetupChoice,
): Promise<PreparedFile[]> {
  const prepared: PreparedFile[] = [];
  for (const [i, file] of files.entries()) {
    const found = await findFile(places[i]!);
    const { mark, text } = found.bytes ? decoded(found.path, found.bytes) : { mark: '', text: '' };
    const fragment = file.fragment(choice);
    const after =
      found.bytes === null
        ? printed(file.format, fragment)
        : located(found.path, () => merged(file.format, text, fragment, file.rules));
    const bytes = Buffer.from(mark + after);
    const isSame = found.bytes?.equals(bytes) ?? false;
    const leftovers = held(file.format, after, file.leftovers?.(choice) ?? []).map(pathText);
    prepared.push({ found, before: text, after, leftovers, ...(!isSame && { bytes }) });
  }
  return prepared;
}

/** A problem of the text with the name of its file. */
function located<T>(path: string, merge: () => T): T {
  try {
    return merge();
  } catch (error) {
    if (!(error instanceof PerigeeError)) throw error;
    throw new PerigeeError(error.code, `${path} was left alone: ${error.message}`, {
      remedy: error.remedy ?? 'Correct the file first; nothing of it was changed.',
      cause: error,
    });
  }
}
