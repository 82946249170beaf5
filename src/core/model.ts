import type { StreamEvent } from './event.ts';
import type { Message } from './message.ts';
import type { Note } from './note.ts';
import type { JsonSchema, ToolChoice, ToolDeclaration } from './tool.ts';
import type { Prices } from './usage.ts';

/** Anything that answers a conversation: a host over HTTP, a script, a recording. */
export interface Model {
  /** The model's name, as shown to users. */
  readonly id: string;
  /** What its tokens cost, where known. */
  readonly prices?: Prices;
  /** The model's context window in tokens, where known. */
  readonly contextWindow?: number;
  /**
   * Answers once. The stream ends with exactly one `finish` or throws a `PerigeeError`; the request is not
   * sent before the first event is asked for. Leaving the loop early cancels the request.
   */
  stream(request: ModelRequest, options?: StreamOptions): ModelStream;
}

/** The events of one answer, one by one or, for whoever must be fast, as they came off the network. */
export interface ModelStream extends AsyncIterable<StreamEvent> {
  /**
   * The same events in the batches in which they arrived. Use either this or the iterator, once. A batch may be empty:
   * the model has begun to answer, and what came is held back yet.
   */
  batches(): AsyncIterable<readonly StreamEvent[]>;
}

/** What to answer, and how. Fields left out are left to the host. */
export interface ModelRequest {
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolDeclaration[];
  readonly toolChoice?: ToolChoice;
  /** False: the answer may hold one call at most. Default: left to the host. */
  readonly parallelToolCalls?: boolean;
  /** The form that the text of the answer must have. Default: free text. */
  readonly responseFormat?: ResponseFormat;
  /** Tokens that the answer may have, reasoning included. 0: only the prompt is to be read, so that the host caches it. */
  readonly maxTokens?: number;
  /** `keep`: think, and keep earlier reasoning in the prompt (Moonshot's `thinking.keep: "all"`). */
  readonly thinking?: 'on' | 'off' | 'keep';
  /** How hard to think, in the host's own words (`low`, `high`, `max` for Kimi K3). */
  readonly effort?: string;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stop?: readonly string[];
  /** A stable name of the conversation, for hosts that route by it so that prompt caches hit. */
  readonly cacheKey?: string;
  /** Further fields of the wire request, passed through as they are. */
  readonly extra?: { readonly [field: string]: unknown };
  /** The protocol in which `extra` means something; others leave it out and say so. Default: any. */
  readonly extraProtocol?: WireProtocol;
}

/** The protocols that Perigee speaks, by their folders in `protocols/`. */
export type WireProtocol = 'openai-chat' | 'anthropic-messages' | 'openai-responses' | 'completions';

/** Text that is JSON: any object, or one that a schema describes. */
export type ResponseFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly description?: string;
      readonly schema: JsonSchema;
      readonly strict?: boolean;
    };

export interface StreamOptions {
  /** Cancels the request; the stream then throws a `PerigeeError` with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Sees each chunk of the wire text before it is decoded, for recordings and bug reports. */
  readonly onRawChunk?: (chunk: string) => void;
  /** Whoever asks shows nothing before the answer has ended, so all of it may be asked again. Default false. */
  readonly whole?: boolean;
  /** Is told what was changed and which way was taken, as it happens. Must not throw. */
  readonly onNote?: (note: Note) => void;
}

/** Makes a `ModelStream` of whatever yields batches. */
export function modelStream(batches: () => AsyncIterable<readonly StreamEvent[]>): ModelStream {
  return new BatchStream(batches);
}

/** A class: an object literal would make a generator function anew for each answer. */
class BatchStream implements ModelStream {
  readonly batches: () => AsyncIterable<readonly StreamEvent[]>;

  constructor(batches: () => AsyncIterable<readonly StreamEvent[]>) {
    this.batches = batches;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    for await (const batch of this.batches()) yield* batch;
  }
}
