import { BROKEN } from './bounded-fetch.ts';
import { type LiveServer, type StartOptions, startServer } from './live-server.ts';
import type { McpSdk } from './sdk.ts';
import type { ReadServer } from './server.ts';

/** The bounds of one call. */
export interface CallLimits {
  /** Milliseconds without an answer or a sign of progress. */
  readonly timeoutMs: number;
  /** Milliseconds in all. */
  readonly totalTimeoutMs: number;
}

/** After a failed start nothing is tried again for as long. */
const REST_MS = 10_000;

/**
 * The way to a server, started again when it has died: with the next call, not by itself. A call that it died under is
 * not repeated, since nobody knows whether it took effect.
 */
export class Connection {
  readonly #sdk: McpSdk;
  readonly #server: ReadServer;
  readonly #options: StartOptions;
  readonly #closing = new AbortController();
  #live: Promise<LiveServer> | undefined;
  #failure: { readonly at: number; readonly error: unknown } | undefined;

  constructor(sdk: McpSdk, server: ReadServer, options: StartOptions) {
    this.#sdk = sdk;
    this.#server = server;
    this.#options = { ...options, signal: AbortSignal.any([options.signal, this.#closing.signal]) };
  }

  /** The server, started if it is not running. Rejects with the reason why it cannot be. */
  live(): Promise<LiveServer> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error(`${this.#name} was closed.`));
    if (this.#failure && Date.now() - this.#failure.at < REST_MS) return Promise.reject(this.#failure.error);
    this.#live ??= this.#start();
    return this.#live;
  }

  /** Asks for something. Rejects with a sentence that the model can read. */
  async request(
    method: string,
    params: Record<string, unknown>,
    limits: CallLimits,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>> {
    for (let isAgain = false; ; isAgain = true) {
      const live = await this.live();
      signal?.throwIfAborted();
      try {
        return await live.client.request({ method, params }, this.#sdk.ResultSchema, {
          timeout: limits.timeoutMs,
          maxTotalTimeout: limits.totalTimeoutMs,
          resetTimeoutOnProgress: true,
          onprogress() {},
          ...(signal && { signal }),
        });
      } catch (error) {
        // The server has forgotten the session and has done nothing: the protocol asks for a new one.
        const isForgotten = error instanceof this.#sdk.StreamableHttpError && error.code === 404;
        if (!isForgotten || isAgain || signal?.aborted) throw this.#explain(error, live, limits);
        this.#drop(live);
      }
    }
  }

  /** Ends the server: lets it end by itself, then SIGTERM, then SIGKILL, two seconds each. */
  async close(): Promise<void> {
    const live = this.#live;
    this.#closing.abort();
    await (await live?.catch(() => undefined))?.close();
  }

  get #name(): string {
    return `The MCP server ${this.#server.label}`;
  }

  async #start(): Promise<LiveServer> {
    try {
      const live = await startServer(this.#sdk, this.#server, this.#options);
      this.#failure = undefined;
      const forget = () => {
        this.#live = undefined;
      };
      if (live.ended.aborted) forget();
      else live.ended.addEventListener('abort', forget, { once: true });
      return live;
    } catch (error) {
      this.#failure = { at: Date.now(), error };
      this.#live = undefined;
      throw error;
    }
  }

  #drop(live: LiveServer): void {
    void live.close();
  }

  #explain(error: unknown, live: LiveServer, { timeoutMs, totalTimeoutMs }: CallLimits): unknown {
    const { McpError, TIMED_OUT } = this.#sdk;
    const unknownEffect = 'Whether the call took effect is not known.';
    if (live.ended.aborted) {
      const how = live.howEnded();
      const words = live.lastWords();
      return new Error(
        `${this.#name} ended${how === undefined ? '' : ` (${how})`} while it was called. ${unknownEffect} ` +
          `It is started again with the next call.${words === '' ? '' : ` It said last:\n${words}`}`,
      );
    }
    if (error instanceof McpError) {
      if (error.code === TIMED_OUT && error.message.includes('total')) {
        return new Error(`${this.#name} did not answer within ${totalTimeoutMs} ms in all. ${unknownEffect}`);
      }
      if (error.code === TIMED_OUT) {
        return new Error(
          `${this.#name} gave no sign for ${timeoutMs} ms and was told to stop. ${unknownEffect}`,
        );
      }
      if (!error.message.includes(BROKEN)) return new Error(error.message.replace(/^MCP error -?\d+: /, ''));
    }
    // Neither an answer nor a time-out: the way is broken, so the next call takes a new one.
    this.#drop(live);
    const { message, cause } = error as Error;
    const why = [message, (cause as Error | undefined)?.message].filter((text) => text).join(': ');
    return new Error(`${this.#name} could not be asked: ${why.slice(0, 1000)}. ${unknownEffect}`);
  }
}
