import type { JsonSchema } from '../../core/index.ts';

/** A tool of Anthropic's that the client runs and whose schema the request leaves out: Claude knows it by heart. */
export interface ClientTool {
  /** Fits the `type` of its versions. */
  readonly type: RegExp;
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonSchema;
}

const string = (description: string): JsonSchema => ({ type: 'string', description });
const integer = (description: string): JsonSchema => ({ type: 'integer', description });
const point = (description: string): JsonSchema => ({
  type: 'array',
  items: { type: 'integer' },
  minItems: 2,
  maxItems: 2,
  description,
});
const object = (properties: Record<string, JsonSchema>, ...required: string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
});
const command = (...commands: string[]): JsonSchema => ({
  type: 'string',
  enum: commands,
  description: 'What to do.',
});

const path = string('Absolute path of the file or directory.');
const edits = {
  path,
  file_text: string('Of create: the whole text of the new file.'),
  old_str: string('Of str_replace: the text to replace; it must occur exactly once.'),
  new_str: string('Of str_replace: the text to put there; none deletes.'),
  insert_line: integer('Of insert: the line after which to insert; 0 for the beginning.'),
};
const viewRange = {
  type: 'array',
  items: { type: 'integer' },
  minItems: 2,
  maxItems: 2,
  description: 'Of view: first and last line, counted from 1; -1 for the end.',
};

/**
 * The versions that `@anthropic-ai/sdk` 1.13 knows. The memory tool's fields are those of its types; the others' those
 * of Anthropic's documentation of each tool.
 */
export const CLIENT_TOOLS: readonly ClientTool[] = [
  {
    type: /^bash_(20241022|20250124)$/,
    name: 'bash',
    description: 'Runs a command in a persistent bash session and returns what it writes.',
    parameters: {
      type: 'object',
      properties: {
        command: string('The command to run; required unless restart is true.'),
        restart: { type: 'boolean', description: 'True: starts the session anew.' },
      },
    },
  },
  {
    type: /^text_editor_(20241022|20250124)$/,
    name: 'str_replace_editor',
    description: 'Views, creates and edits text files.',
    parameters: object(
      {
        command: command('view', 'create', 'str_replace', 'insert', 'undo_edit'),
        ...edits,
        // Only these versions put what is inserted here.
        new_str: string('Of str_replace: the text to put there; of insert: the text to insert.'),
        view_range: viewRange,
      },
      'command',
      'path',
    ),
  },
  {
    type: /^text_editor_(20250429|20250728)$/,
    name: 'str_replace_based_edit_tool',
    description: 'Views, creates and edits text files.',
    parameters: object(
      {
        command: command('view', 'create', 'str_replace', 'insert'),
        ...edits,
        insert_text: string('Of insert: the text to insert.'),
        view_range: viewRange,
      },
      'command',
      'path',
    ),
  },
  {
    type: /^memory_20250818$/,
    name: 'memory',
    description: 'Reads and writes files below /memories, which last beyond this conversation.',
    parameters: object(
      {
        command: command('view', 'create', 'str_replace', 'insert', 'delete', 'rename'),
        ...edits,
        path: string('Path below /memories; of all commands but rename.'),
        insert_text: string('Of insert: the text to insert.'),
        old_path: string('Of rename: the path so far.'),
        new_path: string('Of rename: the new path.'),
        view_range: viewRange,
      },
      'command',
    ),
  },
  {
    type: /^computer_(20241022|20250124|20251124)$/,
    name: 'computer',
    description: 'Uses the mouse and the keyboard of a computer and takes screenshots of its display.',
    parameters: object(
      {
        action: {
          type: 'string',
          enum: [
            'key',
            'hold_key',
            'type',
            'cursor_position',
            'mouse_move',
            'left_mouse_down',
            'left_mouse_up',
            'left_click',
            'left_click_drag',
            'right_click',
            'middle_click',
            'double_click',
            'triple_click',
            'scroll',
            'wait',
            'screenshot',
          ],
          description: 'What to do.',
        },
        coordinate: point('x and y in pixels, where the mouse goes or clicks.'),
        start_coordinate: point('Of left_click_drag: x and y where the drag begins.'),
        text: string('Of type: the text; of key and hold_key: the keys, as in ctrl+s.'),
        duration: { type: 'number', description: 'Of wait and hold_key: seconds.' },
        scroll_direction: { type: 'string', enum: ['up', 'down', 'left', 'right'] },
        scroll_amount: integer('Of scroll: clicks of the wheel.'),
      },
      'action',
    ),
  },
];
