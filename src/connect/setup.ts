import type { MergeRules } from './merge/plan.ts';
import type { JsonValue, Path } from './merge/value.ts';

/** How a client asks for answers: OpenAI Chat Completions, Anthropic Messages or OpenAI Responses. */
export type ClientProtocol = 'chat' | 'messages' | 'responses';

/** How a file is written, which decides how it is merged. `block` is a marked part of a shell script or an env file. */
export type FileFormat = 'json' | 'jsonc' | 'json5' | 'yaml' | 'toml' | 'block';

/** Where the key of a client comes from. */
export type KeySource =
  /** Nobody asks for one; clients that insist get a word that is no secret. */
  | { readonly kind: 'none' }
  /**
   * `name` is the variable that the client reads, `from` the user's own for this key. `literal` is the key itself, for
   * clients that can name no variable; it is only ever there when the user gave it.
   */
  | { readonly kind: 'variable'; readonly name: string; readonly from: string; readonly literal?: string };

/** What a set-up is made for: one address, one model. Tokens are counted as the model counts them. */
export interface SetupChoice {
  /** The name of the provider in the client's file: `perigee`, or the host's id. */
  readonly id: string;
  /** The same for people. */
  readonly title: string;
  /** Where Chat Completions and Responses begin; mostly ends in `/v1`. */
  readonly chatUrl: string;
  readonly responsesUrl: string;
  /** Where Anthropic clients are pointed to; they append `/v1/messages`. */
  readonly messagesUrl: string;
  readonly model: string;
  readonly modelTitle: string;
  readonly contextWindow: number;
  /** Tokens that an answer may have. */
  readonly maxOutput: number;
  readonly reasoning: boolean;
  readonly images: boolean;
  /** US dollars per million tokens; absent: not known. */
  readonly prices?: { readonly input: number; readonly cachedInput: number; readonly output: number };
  readonly key: KeySource;
}

/** What a file of a client must hold, and how that gets in. */
export interface SetupFile {
  readonly format: FileFormat;
  /** Where it lies. A string is a path from the first file's folder. */
  readonly place: PlatformPlaces | string;
  /** What it must hold. Text for the format `block`. */
  fragment(choice: SetupChoice): JsonValue;
  readonly rules?: MergeRules;
  /** Keys of an earlier set-up that spoil this one. A merge takes nothing out, so the user is told to. */
  leftovers?(choice: SetupChoice): readonly Path[];
}

/**
 * The places where a system's clients look, the preferred first; one that is there already is taken. `~` is the home
 * folder, `${NAME:-path}` a variable or else a path. None: the client has no usual place, and `--config` must name it.
 */
export interface PlatformPlaces {
  readonly linux: readonly string[];
  readonly darwin: readonly string[];
  readonly win32: readonly string[];
}

/** How a client's request differs from the plainest one of its protocol. */
export interface RequestHabits {
  readonly stream: boolean;
  /** Appended to the usual path, as in `?beta=true`. */
  readonly query?: string;
  /** Besides the usual ones of the protocol; never the key. */
  readonly headers?: { readonly [name: string]: string };
  /** Fields that it sends besides model, messages and tools. */
  readonly body?: { readonly [field: string]: JsonValue };
  /** What becomes of instructions; default: a system message. */
  readonly instructions?: 'system' | 'developer' | 'field' | 'blocks';
  /** What it writes around or into the schema of a tool. */
  readonly tool?: { readonly [field: string]: JsonValue };
  readonly schema?: { readonly [keyword: string]: JsonValue };
  /** Whether it gives back the reasoning it was sent; default true. */
  readonly returnsReasoning?: boolean;
  /** It sends no tools: what it does is written in the text. */
  readonly withoutTools?: true;
  /** The recorded request that this was read off; absent: it was not recorded, and the plainest is taken. */
  readonly recorded?: string;
}

/** A client: how it is set up, and how it asks. */
export interface ClientSetup {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly name: string;
  readonly protocol: ClientProtocol;
  /** The version that this was made for. */
  readonly version: string;
  /** Where that was read. */
  readonly source: string;
  /** Which version was tried, and how; absent: none was. */
  readonly tried?: string;
  /** The first is the main one. None: it is set up by hand. */
  readonly files: readonly SetupFile[];
  /** Environment variables, besides that of the key, that it is started with. */
  environment?(choice: SetupChoice): { readonly [name: string]: string };
  /** Whether the file can name a variable for the key. `literal`: the key itself must stand in it. */
  readonly key: 'variable' | 'literal';
  /** The variable that the client reads, where it is not of the user's choosing. */
  keyVariable?(choice: SetupChoice): string;
  /** What the user does by hand: everything, where there is no file, and else what comes after it. */
  steps(choice: SetupChoice): readonly string[];
  readonly limits: readonly string[];
  readonly habits: RequestHabits;
  /** How it asks hosts that do not speak its protocol; absent: it cannot. */
  readonly otherwise?: { readonly protocol: ClientProtocol; readonly habits: RequestHabits };
}
