import type { Span, Tracer } from '@opentelemetry/api';
import type { ModelRequest, Usage } from '../../core/index.ts';
import type { Headers } from '../edges/arrival.ts';

/** What a span says of the request that it is about. */
export interface Traced {
  readonly id: string;
  readonly upstream: string | undefined;
  readonly served: { readonly name: string } | undefined;
  readonly usage: Usage | undefined;
  readonly finish: string | undefined;
  readonly error: string | undefined;
  readonly arrival: { readonly headers: Headers };
}

type Api = typeof import('@opentelemetry/api');

/** Where the first major version of the API keeps what an SDK registers, whichever copy of it the SDK uses. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/**
 * Spans with the `gen_ai.*` names of OpenTelemetry's conventions, where `@opentelemetry/api` is installed and an SDK records.
 * They hold figures and names, never a text of the conversation.
 */
export class Tracing {
  #api: Api | undefined;
  #tracer: Tracer | undefined;

  #isLoading = false;

  constructor() {
    this.#load();
  }

  /** Does nothing as long as nobody records: for most that is always, and a start need not wait for it. */
  #load(): void {
    if (this.#isLoading || !(REGISTERED in globalThis)) return;
    this.#isLoading = true;
    import('@opentelemetry/api').then(
      (api) => {
        this.#api = api;
        this.#tracer = api.trace.getTracer('perigee');
      },
      () => {},
    );
  }

  /** Undefined: nobody records. */
  start(request: Traced, asked: ModelRequest): AnswerSpan | undefined {
    const api = this.#api;
    if (api === undefined) this.#load();
    if (api === undefined || this.#tracer === undefined || request.served === undefined) return undefined;
    const parent = api.propagation.extract(api.context.active(), request.arrival.headers);
    const model = request.served.name;
    const span = this.#tracer.startSpan(`chat ${model}`, { kind: api.SpanKind.CLIENT }, parent);
    if (!span.isRecording()) return undefined;
    span.setAttributes({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': model,
      ...(asked.maxTokens !== undefined && { 'gen_ai.request.max_tokens': asked.maxTokens }),
      ...(asked.temperature !== undefined && { 'gen_ai.request.temperature': asked.temperature }),
      ...(asked.topP !== undefined && { 'gen_ai.request.top_p': asked.topP }),
    });
    return new AnswerSpan(span, api.SpanStatusCode.ERROR);
  }
}

/** The span of one answer. */
export class AnswerSpan {
  readonly #span: Span;
  readonly #failed: number;

  constructor(span: Span, failed: number) {
    this.#span = span;
    this.#failed = failed;
  }

  end({ id, upstream, usage, finish, error }: Traced, status: number): void {
    this.#span.setAttributes({
      'gen_ai.response.id': id,
      'http.response.status_code': status,
      ...(upstream !== undefined && { 'gen_ai.provider.name': upstream }),
      ...(finish !== undefined && { 'gen_ai.response.finish_reasons': [finish] }),
      ...(usage && {
        'gen_ai.usage.input_tokens': usage.inputTokens,
        'gen_ai.usage.output_tokens': usage.outputTokens,
        'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens,
      }),
      ...(error !== undefined && { 'error.type': error }),
    });
    if (error !== undefined) this.#span.setStatus({ code: this.#failed, message: error });
    this.#span.end();
  }
}
