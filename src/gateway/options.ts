import type { AccountKey, Accounts, Model, Prices, SharedState, Usage, WireProtocol } from '../core/index.ts';

/** A model as the gateway offers it. The gateway knows no upstream: what is behind `model` is not its business. */
export interface ServedModel {
  /** The name by which clients ask for it. */
  readonly name: string;
  /** Answers, already fitted to the hosts behind it. */
  readonly model: Model;
  /** Tokens that an answer may have, where known. */
  readonly maxOutput?: number;
  readonly inputs?: readonly ('text' | 'image' | 'video')[];
  /** US dollars per million tokens at the dearest upstream. Default: those of `model`. */
  readonly mostPrices?: Prices;
  /** The way past everything, for `X-Tool-Mode: raw`. */
  readonly raw?: RawUpstream;
  /** Whether an upstream would take a request now. Default: yes. */
  ready?(): boolean;
  /** How its upstreams stand now, for metrics. */
  routing?(): Routing;
}

/** What stands behind a model, as `routed` of `perigee/upstream` tells it. */
export interface Routing {
  /** Requests that wait for a place. */
  readonly waiting: number;
  readonly upstreams: readonly {
    readonly name: string;
    /** `open`: left alone after failures. `half-open`: a request tries it. */
    readonly breaker: 'closed' | 'open' | 'half-open';
    /** Requests that it is answering. */
    readonly active: number;
    /** Milliseconds for which it asked to be left alone. */
    readonly restsMs?: number;
  }[];
}

/** Sends a body as it is and gives the answer as it came. */
export interface RawUpstream {
  /** The only protocol in which a raw request can be sent. */
  readonly protocol: WireProtocol;
  /** The upstream's name, for logs and metrics. */
  readonly upstream?: string;
  /** The model's id there. */
  readonly modelId: string;
  /** Throws `PerigeeError`s for failures on the way; a refusal by the host is an answer. */
  send(body: string, signal: AbortSignal): Promise<RawAnswer>;
}

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: { readonly [name: string]: string };
  readonly body: AsyncIterable<Uint8Array>;
}

/** The models that are served, asked anew for each request. */
export interface ModelDirectory {
  get(name: string): ServedModel | undefined;
  list(): readonly ServedModel[];
}

/** A client's key. Only its hash is kept. */
export type GatewayKey = AccountKey;

export interface GatewayLimits {
  /** Bytes of a request's body. Default 64 MiB. */
  readonly bodyBytes?: number;
  /** Milliseconds in which the body must have come. Default 60_000. */
  readonly bodyMs?: number;
  /** Milliseconds that a client may take no bytes while some wait for it. Default 120_000. */
  readonly slowClientMs?: number;
  /** Milliseconds of silence after which a ping is sent. Default 10_000. */
  readonly pingMs?: number;
  /**
   * Bytes that remembered reasoning, stored responses, and the latest requests of conversations may take, each. Default
   * 64 MiB.
   */
  readonly memoryBytes?: number;
  /**
   * Milliseconds that a request may wait while what is left of its key's budget is held for others that are being answered.
   * Default 10_000.
   */
  readonly budgetWaitMs?: number;
}

export interface GatewayOptions {
  readonly models: ModelDirectory;
  /** Without keys everybody who reaches the server may use it. */
  readonly keys?: readonly GatewayKey[];
  readonly limits?: GatewayLimits;
  /**
   * The secret from which sealed reasoning and signatures are made. Give the same to all replicas. Default: random, so
   * what was sealed before a restart is only read where it stands in the clear.
   */
  readonly secret?: string;
  /**
   * Who counts what keys use, and may keep keys of its own. Default: in memory, so a restart forgets what was spent. What is
   * given at the start stays for good; closing it after the drain is up to whoever made it.
   */
  readonly accounts?: Accounts;
  /**
   * Responses and reasoning that all replicas find, and that outlive them. Default: each gateway remembers its own, in memory. What
   * is given at the start stays for good, and so does the secret with which it is encrypted.
   */
  readonly state?: SharedState;
  /** Is given one entry for each request, after its last byte. Must not throw: the first time, a warning of the process says so. */
  readonly log?: (entry: RequestLog) => void;
}

/** What is known of a request when it is over. Never a key, a header or a text of the conversation. */
export interface RequestLog {
  readonly time: string;
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** The key's id. */
  readonly key?: string;
  /** It was admitted while the database was away, by what this replica alone knew. */
  readonly withoutDatabase?: true;
  readonly model?: string;
  /** The name by which the client asked for it, where that is another. */
  readonly asked?: string;
  /** The one that answered, or else the one that failed last. */
  readonly upstream?: string;
  readonly stream?: boolean;
  /** Milliseconds to the first event, and to the last byte. */
  readonly firstEventMs?: number;
  readonly totalMs: number;
  readonly usage?: Usage;
  /** The usage is an estimate: the answer ended before the upstream counted. */
  readonly estimated?: true;
  /** US dollars. */
  readonly cost?: number;
  readonly finish?: string;
  /** What conform and the router did, as `stage:action`, each with how often. */
  readonly notes?: { readonly [note: string]: number };
  readonly error?: string;
}
