import { tool } from '../../agent/index.ts';
import { accessesOfWriting } from './access.ts';
import { applyChange, MAX_WRITTEN, previewChange, type WrittenFile } from './change.ts';

/** What `write_file` is given. */
export interface WriteFileInput {
  readonly path: string;
  readonly content: string;
}

/** A tool that writes whole text files inside `root`. */
export function writeFile(root: string) {
  return tool({
    description:
      'Writes a text file: a new one, with the folders it needs, or in place of all that the file held. To change a ' +
      'part of a file use edit_file. The answer shows what changed as a diff.',
    inputSchema: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Relative path of the file.', minLength: 1 },
        content: {
          type: 'string',
          description: 'The whole new content, exactly.',
          maxLength: MAX_WRITTEN,
        },
      },
      required: ['path', 'content'],
      additionalProperties: false,
    },
    accesses: ({ path }: WriteFileInput) => accessesOfWriting(path),
    preview: ({ path, content }: WriteFileInput) => previewChange(root, path, () => content),
    execute({ path, content }: WriteFileInput): Promise<WrittenFile> {
      return applyChange(root, path, () => content);
    },
  });
}
