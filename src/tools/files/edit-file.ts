import { tool } from '../../agent/index.ts';
import { accessesOfWriting } from './access.ts';
import { applyChange, type Before, previewChange, type WrittenFile } from './change.ts';
import { replaceText } from './replace-text.ts';

/** What `edit_file` is given. */
export interface EditFileInput {
  readonly path: string;
  readonly old_text: string;
  readonly new_text: string;
  /** Replaces every place; default false, which wants exactly one. */
  readonly all?: boolean;
}

/** What `edit_file` answers. */
export interface EditedFile extends WrittenFile {
  /** Places that were replaced. */
  readonly replacements: number;
}

/** A tool that changes a part of a text file inside `root`. */
export function editFile(root: string) {
  return tool({
    description:
      'Replaces a text in a file by another. old_text must be in the file exactly, white space included, and only ' +
      'once unless "all" is true: take in as many lines around it as make it unique. The answer shows what changed ' +
      'as a diff.',
    inputSchema: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Relative path of the file.', minLength: 1 },
        old_text: { type: 'string', description: 'What is in the file now, exactly.', minLength: 1 },
        new_text: { type: 'string', description: 'What is to be there instead; may be empty.' },
        all: { type: 'boolean', description: 'Replaces every place where old_text is. Default false.' },
      },
      required: ['path', 'old_text', 'new_text'],
      additionalProperties: false,
    },
    accesses: ({ path }: EditFileInput) => accessesOfWriting(path),
    preview: (input: EditFileInput) =>
      previewChange(root, input.path, (before) => edited(before, input).text),
    async execute(input: EditFileInput): Promise<EditedFile> {
      let replacements = 0;
      const written = await applyChange(root, input.path, (before) => {
        const { text, count } = edited(before, input);
        replacements = count;
        return text;
      });
      return { ...written, replacements };
    },
  });
}

function edited(before: Before, { path, old_text, new_text, all = false }: EditFileInput) {
  const quoted = JSON.stringify(path);
  if (!before.target.stats) throw new Error(`${quoted} does not exist; write_file makes new files.`);
  if (before.text === undefined) throw new Error(`${quoted} is a binary file, not text.`);
  return replaceText(before.text, old_text, new_text, all, quoted);
}
