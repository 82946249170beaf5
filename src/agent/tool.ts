import type { StandardSchemaV1 } from '@standard-schema/spec';
import { isJsonObject, type JsonSchema, PerigeeError } from '../core/index.ts';

/** What a tool may take as its input schema: any Standard Schema (zod, valibot, arktype, …) or plain JSON Schema. */
export type InputSchema = StandardSchemaV1 | JsonSchema;

/** What `execute` is given for a schema: its output type, or unchecked JSON for plain JSON Schema. */
export type ToolInput<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : // biome-ignore lint/suspicious/noExplicitAny: a plain JSON Schema says nothing to the type system
    any;

/** What a tool is told about the call it serves. */
export interface ToolContext {
  /** Fires when the run is aborted or the tool's time is over; whatever comes after that is thrown away. */
  readonly signal: AbortSignal;
  /** The id of the call as it stands in the history; unique in the conversation. */
  readonly toolCallId: string;
  /**
   * The same for this call however often it is run, also by another process after a crash, and for no other: what a
   * service takes as an idempotency key.
   */
  readonly idempotencyKey: string;
}

/** Something that a call touches: calls that touch the same, one of them writing, run in the order of the turn. */
export interface Access {
  /** What it is, as in `file:src/a.ts`. Two are the same when their texts are. */
  readonly resource: string;
  readonly mode: 'read' | 'write';
}

/** What a tool may say about its effects beyond its input and output. */
export interface ToolEffects<Input> {
  /**
   * Whether the call may be run again when it is not known how it went, because the process died. `never` (the
   * default): the model is told that the effect is unverified. `safe`: it is run again; such a call also starts as
   * soon as it is written, while the model still writes the ones behind it.
   */
  readonly replay?: 'safe' | 'never';
  /** Changes nothing anywhere. Implies `replay: 'safe'`, and `approval: 'writes'` lets it through. Default false. */
  readonly readOnly?: boolean;
  /** Whether a person must say yes before it runs. Default: left to the agent's `approval`. */
  readonly needsApproval?: boolean | ((input: Input) => boolean | Promise<boolean>);
  /** What the call touches. Default: nothing that another call minds. */
  readonly accesses?: (input: Input) => readonly Access[];
  /**
   * What a person sees who is asked to approve a call, when the arguments do not say it well: the difference that an
   * edit would make, say. It must change nothing. Default: the arguments.
   */
  readonly preview?: (input: Input) => string | Promise<string>;
}

/** Something that the model can call. Its name is the key under which the agent is given it. */
// biome-ignore lint/suspicious/noExplicitAny: `Tool` without an argument stands for a tool of any input
export interface Tool<Input = any> extends ToolEffects<Input> {
  /** What the model reads to decide when to call it. */
  readonly description: string;
  /** What the arguments must be. Checked before `execute` is called. */
  readonly inputSchema: InputSchema;
  /** What the model is told about the arguments; needed only where it cannot be derived from `inputSchema`. */
  readonly jsonSchema?: JsonSchema;
  /** Milliseconds after which a call counts as failed and the loop goes on; default: no limit. */
  readonly timeoutMs?: number;
  /** Asks the host to constrain decoding to the schema, where it can. */
  readonly strict?: boolean;
  /** The host has a tool of this name that is declared by it alone; see `ToolDeclaration`. */
  readonly builtin?: true;
  /**
   * Does the work. A string goes to the model as it is, anything else as JSON. Whatever it throws becomes a
   * result that the model reads: the message only, never the stack.
   */
  execute(input: Input, context: ToolContext): unknown;
}

/** Whether a call may be run again when it is not known how it went. */
export function mayRunAgain({ replay, readOnly }: Tool): boolean {
  return replay === 'safe' || readOnly === true;
}

/** Tools by name. */
export interface Tools {
  readonly [name: string]: Tool;
}

/** A tool before its input type is derived from `inputSchema`. */
export interface ToolOptions<Schema extends InputSchema> extends ToolEffects<ToolInput<Schema>> {
  readonly description: string;
  readonly inputSchema: Schema;
  readonly jsonSchema?: JsonSchema;
  readonly timeoutMs?: number;
  readonly strict?: boolean;
  readonly builtin?: true;
  execute(input: ToolInput<Schema>, context: ToolContext): unknown;
}

/**
 * Declares a tool: `input` gets its type from `inputSchema`. Throws a `PerigeeError` with code
 * `invalid-options` for a schema that the model cannot be told about.
 */
export function tool<const Schema extends InputSchema>(
  options: ToolOptions<Schema>,
): Tool<ToolInput<Schema>> {
  checkTool(options);
  return options;
}

/** Whether a schema is a Standard Schema; some of these are functions. */
export function isStandardSchema(schema: InputSchema): schema is StandardSchemaV1 {
  const standard = (schema as { '~standard'?: unknown } | null | undefined)?.['~standard'];
  return isJsonObject(standard) && typeof standard['validate'] === 'function';
}

/** Throws for what can never work, as early as it can be known. */
export function checkTool(tool: Tool, name?: string): void {
  const of = name === undefined ? 'A tool' : `Tool "${name}"`;
  if (!isJsonObject(tool) || typeof tool.execute !== 'function') {
    throw invalid(`${of} has no execute function.`, 'Give it execute(input, { signal, toolCallId }).');
  }
  if (tool.timeoutMs !== undefined && !(tool.timeoutMs > 0)) {
    throw invalid(
      `${of} has a timeoutMs of ${tool.timeoutMs}.`,
      'Give milliseconds above 0, or leave it out.',
    );
  }
  const schema = tool.inputSchema;
  if (!isStandardSchema(schema)) {
    if (isJsonObject(schema)) return;
    throw invalid(`${of} has no inputSchema.`, 'Give a Standard Schema or a JSON Schema object.');
  }
  const { vendor } = schema['~standard'];
  if (tool.jsonSchema || 'jsonSchema' in schema['~standard'] || vendor === 'valibot') return;
  throw invalid(
    `${of} has an inputSchema of "${vendor}" from which no JSON Schema can be derived.`,
    'Give `jsonSchema` beside `inputSchema`, or upgrade (zod 4.2 and arktype 2.1.28 derive it).',
  );
}

function invalid(message: string, remedy: string): PerigeeError {
  return new PerigeeError('invalid-options', message, { remedy });
}
