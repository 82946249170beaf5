/**
 * What the replicas of a gateway remember together. Keys are hashes and bodies are encrypted by the gateway, so whoever keeps them can
 * read none of it, and no tenant's key is another's. All methods reject with a `PerigeeError`, `database-unreachable` where
 * trying again later may help.
 */
export interface SharedState {
  /** A secret that all replicas have, made once; it counts where the configuration gives none. */
  readonly secret: string;
  readonly responses: SharedResponses;
  readonly reasoning: SharedReasoning;
  /** Has the callback told what other replicas changed of what this one may hold. The last one given counts. */
  onChange(changed: (change: StateChange) => void): void;
}

/** `deleted`: the response with this key is gone. `unclear`: so is the reasoning, since two turns could not be told apart. */
export interface StateChange {
  readonly kind: 'deleted' | 'unclear';
  readonly key: string;
}

/** A response that was answered, to be written. */
export interface ResponseRow {
  readonly key: string;
  /** The response that it goes on from; absent: `messages` is the whole conversation. */
  readonly parent?: string;
  /** The response as the client got it. */
  readonly answer: Uint8Array;
  /** The items of its request. */
  readonly items: Uint8Array;
  /** What the conversation has now that the parent's had not. */
  readonly messages: Uint8Array;
}

export interface ResponsesWanted {
  /** One whose whole conversation is wanted. */
  readonly conversation?: string;
  /** Those whose answers are wanted. */
  readonly answers: readonly string[];
  /** Those of which it is wanted whether they are still there. */
  readonly present: readonly string[];
  /** Bytes that a conversation may have, and all answers together; what is larger is not found. */
  readonly bytes: number;
}

export interface ResponsesFound {
  readonly conversation?: {
    readonly answer: Uint8Array;
    readonly items: Uint8Array;
    /** The messages of each response, the oldest first. */
    readonly messages: readonly { readonly key: string; readonly body: Uint8Array }[];
  };
  readonly answers: ReadonlyMap<string, Uint8Array>;
  readonly present: ReadonlySet<string>;
}

/** Conversations, each message of them once. */
export interface SharedResponses {
  /** Writes all but those whose parent is not there (any more), and gives the keys of these. Writing one twice writes it once. */
  put(rows: readonly ResponseRow[]): Promise<readonly string[]>;
  /** One round trip. */
  find(wanted: ResponsesWanted): Promise<ResponsesFound>;
  /** One part of a response; undefined: there is none. */
  show(key: string, part: 'answer' | 'items'): Promise<Uint8Array | undefined>;
  /** False: there is none. What was built on it stays whole. */
  delete(key: string): Promise<boolean>;
}

/** The reasoning of a turn, to be written. */
export interface ReasoningRow {
  /** Names the turn by all that stood before it. */
  readonly key: string;
  /** The same for the same reasoning. */
  readonly digest: string;
  readonly body: Uint8Array;
}

export interface SharedReasoning {
  /** Writes; gives the keys under which another reasoning stood already, which are of no more use. */
  put(rows: readonly ReasoningRow[]): Promise<readonly string[]>;
  /** One round trip. `unclear`: turns that look the same had different ones. What is not there is absent. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array | 'unclear'>>;
}

/** What a replica has found out about an upstream. */
export type UpstreamHint =
  | { readonly state: 'closed' }
  /** Milliseconds for which it is left alone yet. */
  | { readonly state: 'open'; readonly forMs: number };

/** What replicas tell each other about upstreams. Nothing of it is certain to arrive, and nothing here throws. */
export interface UpstreamHints {
  tell(upstream: string, hint: UpstreamHint): void;
  /** Has the callback told what others find out about an upstream; of several for one name, the last counts. */
  watch(upstream: string, heard: (hint: UpstreamHint) => void): void;
}
