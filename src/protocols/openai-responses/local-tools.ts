import { isJsonObject, type JsonSchema, parseJsonObject, type ToolDeclaration } from '../../core/index.ts';
import type { Item, ToolKind } from './reply.ts';

/** Tools that OpenAI's models know without a schema and clients run themselves: how another model is told of them. */
export type LocalKind = Exclude<ToolKind, 'function' | 'custom'>;

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const milliseconds = { type: 'integer', description: 'Milliseconds after which it is ended.' } as const;

const LOCAL: {
  readonly [kind in LocalKind]: { readonly description: string; readonly parameters: JsonSchema };
} = {
  tool_search: {
    description: 'Finds further tools. The tools that are found can be called afterwards.',
    parameters: {
      type: 'object',
      properties: { query: { ...text, description: 'What the tools should be able to do.' } },
      required: ['query'],
    },
  },
  local_shell: {
    description: "Runs a command on the user's computer and gives its output.",
    parameters: {
      type: 'object',
      properties: {
        command: { ...texts, description: 'The program and its arguments, each as one string.' },
        working_directory: { ...text, description: 'Where the command is run.' },
        timeout_ms: milliseconds,
      },
      required: ['command'],
    },
  },
  shell: {
    description: "Runs commands in a shell on the user's computer and gives their output.",
    parameters: {
      type: 'object',
      properties: {
        commands: { ...texts, description: 'Command lines, each run in a shell of its own.' },
        timeout_ms: milliseconds,
        max_output_length: { type: 'integer', description: 'Characters of output to give back at most.' },
      },
      required: ['commands'],
    },
  },
  apply_patch: {
    description:
      "Creates, changes or deletes one file. The diff is in V4A form: lines begin with '+', '-' or a blank, and " +
      "'@@' lines say where a hunk belongs; a new file's lines all begin with '+'.",
    parameters: {
      type: 'object',
      properties: {
        type: { ...text, enum: ['create_file', 'update_file', 'delete_file'] },
        path: text,
        diff: { ...text, description: 'Not for delete_file.' },
      },
      required: ['type', 'path'],
    },
  },
};

/** The declaration of such a tool; what the client says of it itself comes first. */
export function declareLocal(kind: LocalKind, tool: Item): ToolDeclaration {
  const { description, parameters } = tool;
  return {
    name: kind,
    description:
      typeof description === 'string' && description !== '' ? description : LOCAL[kind].description,
    parameters: isJsonObject(parameters) ? parameters : LOCAL[kind].parameters,
  };
}

/** The fields of a call item that hold what the model asked for. What it did not write well is left empty. */
export function localCallFields(kind: LocalKind, argumentsText: string): Item {
  const parsed = parseJsonObject(argumentsText);
  // Codex answers arguments that it cannot read, so the model learns of them.
  if (kind === 'tool_search') return { execution: 'client', arguments: parsed ?? argumentsText };
  const given = parsed ?? {};
  if (kind === 'local_shell') {
    return {
      action: {
        type: 'exec',
        command: strings(given['command']),
        env: isJsonObject(given['env']) ? given['env'] : {},
        timeout_ms: numberOrNull(given['timeout_ms']),
        user: null,
        working_directory: typeof given['working_directory'] === 'string' ? given['working_directory'] : null,
      },
    };
  }
  if (kind === 'shell') {
    return {
      action: {
        commands: strings(given['commands']),
        timeout_ms: numberOrNull(given['timeout_ms']),
        max_output_length: numberOrNull(given['max_output_length']),
      },
    };
  }
  const { type, path, diff } = given;
  return {
    operation: {
      type: typeof type === 'string' ? type : 'update_file',
      path: typeof path === 'string' ? path : '',
      ...(type !== 'delete_file' && { diff: typeof diff === 'string' ? diff : '' }),
    },
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
