/** What came of a piece of code. */
export interface CodeOutcome {
  /** The value of the last expression, of `return` or of `export default`; absent when it is undefined. */
  readonly result?: unknown;
  /** What the code wrote to the console, a line for each call. */
  readonly output?: string;
  /** What the code threw, or which limit ended it. */
  readonly error?: string;
  /** The line of the code where that happened, counted from 1. */
  readonly line?: number;
  /** What is missing, if anything. */
  readonly truncated?: string;
  /** Why there is no result, where the code may have meant to give one. */
  readonly note?: string;
}

/** What the thread says while it works. */
export type Report =
  | { readonly type: 'ready' }
  | { readonly type: 'output'; readonly text: string }
  | { readonly type: 'output-full' }
  | {
      readonly type: 'done';
      /** JSON text. */
      readonly result?: string;
      /** Characters of the whole JSON text where `result` is only its beginning. */
      readonly resultLength?: number;
      readonly note?: string;
    }
  | { readonly type: 'failed'; readonly error: string; readonly line?: number };

/** What the thread is given to begin with. */
export interface Assignment {
  /** The files of the two packages. */
  readonly core: string;
  readonly variant: string;
  /** The engine as a `WebAssembly.Module`. */
  readonly compiled: unknown;
  readonly prelude: string;
  readonly code: string;
  /** JSON text. */
  readonly input: string;
  readonly timeoutMs: number;
  readonly memoryBytes: number;
  readonly maxCharacters: number;
}
