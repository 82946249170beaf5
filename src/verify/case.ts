/** What a group of cases is about. */
export const CATEGORIES = [
  'single',
  'parallel',
  'sequential',
  'no-call',
  'schemas',
  'long-arguments',
  'unicode',
  'tool-choice',
  'thinking',
  'streaming',
  'history',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** A value that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

/** A tool as it is declared. */
export interface CaseTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: JsonObject;
}

/** A message of the conversation so far. */
export type CaseMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content?: string;
      /** Goes back under the names that the host reads. */
      readonly reasoning?: string;
      /** Arguments as a text go back byte for byte, as the host wrote them. */
      readonly calls?: readonly {
        readonly id: string;
        readonly name: string;
        readonly arguments: JsonObject | string;
      }[];
    }
  | { readonly role: 'tool'; readonly id: string; readonly content: string };

/** A call that a good answer holds. */
export interface ExpectedCall {
  readonly name: string;
  /** Right arguments, though not the only ones. */
  readonly arguments: JsonObject;
  /** The keys of `arguments` whose values are known for sure, whatever the model. */
  readonly sure?: readonly string[];
}

/** What a good answer is. */
export interface Label {
  /** The calls that it holds; none: it is in words. */
  readonly calls: readonly ExpectedCall[];
  /** Words that would be right where nothing is called. */
  readonly text?: string;
  /** Both calling and answering in words can be defended, so neither counts for or against the trigger. */
  readonly either?: true;
}

export type ToolChoiceOfCase = 'auto' | 'none' | 'required' | { readonly name: string };
export type Mode = 'stream' | 'whole';

/** One question to a host, and what is known of the answer. */
export interface VerifyCase {
  /** Unique in the suite, and stable: results are kept by it. */
  readonly id: string;
  readonly category: Category;
  readonly tools: readonly CaseTool[];
  readonly messages: readonly CaseMessage[];
  /** Default: the field is not sent. */
  readonly toolChoice?: ToolChoiceOfCase;
  /** Default: left to the host. */
  readonly thinking?: 'on' | 'off';
  /** Default: streamed. Both: the two answers are held against each other. */
  readonly modes?: readonly Mode[];
  readonly label: Label;
  /** The calls are answered, each with this result, and the model is asked again. */
  readonly followUp?: { readonly result: string; readonly label: Label };
  /** What the sure arguments prove: that the model was shown its earlier reasoning. */
  readonly proves?: 'reasoning';
}
