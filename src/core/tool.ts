/** A JSON Schema, as plain JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What a model is told about a tool. */
export interface ToolDeclaration {
  readonly name: string;
  readonly description?: string;
  /** The arguments as a JSON Schema whose root is an object. Absent: not known. */
  readonly parameters?: JsonSchema;
  /** Whether the host should constrain decoding to the schema, where it can. */
  readonly strict?: boolean;
  /**
   * The host itself runs it and knows it by its name (`$web_search` of Moonshot): it is declared by the name alone, and
   * its result is the arguments, handed back as they came. Hosts that do not have it refuse the request.
   */
  readonly builtin?: true;
}

/** Whether and what the model must call. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };
