import type { Attributes, Span, TimeInput } from '@opentelemetry/api';
import type { Usage } from '../../core/index.ts';
import type { AgentEvent, Retry, ToolResult, ToolStart } from '../event.ts';
import type { RunResult } from '../result.ts';

type Api = typeof import('@opentelemetry/api');

/** Characters of a tool's name: the model may write anything there. */
const NAME = 100;

/**
 * The spans of one run, made from its events: `invoke_agent`, below it a `chat MODEL` for each attempt at a turn and an
 * `execute_tool NAME` for each call. They hold names, ids and figures, never a text of the conversation.
 */
export class RunSpans {
  readonly #api: Api;
  readonly #run: Span;
  #model: string;
  #chat: Span | undefined;
  /** By the id of the call. */
  readonly #tools = new Map<string, { readonly span: Span; readonly startedAt: number }>();

  /** Undefined: nobody records. */
  static begin(api: Api | undefined, model: string, session: string | undefined): RunSpans | undefined {
    const run = api?.trace.getTracer('perigee').startSpan('invoke_agent', {
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.request.model': model,
        ...(session !== undefined && { 'gen_ai.conversation.id': session }),
      },
    });
    return api && run?.isRecording() ? new RunSpans(api, run, model) : undefined;
  }

  private constructor(api: Api, run: Span, model: string) {
    this.#api = api;
    this.#run = run;
    this.#model = model;
  }

  see(event: AgentEvent): void {
    switch (event.type) {
      case 'step-start':
        this.#model = event.model;
        this.#startChat();
        return;
      case 'finish':
        this.#endChat({
          ...usageAttributes(event.usage),
          'gen_ai.response.finish_reasons': [event.reason],
        });
        return;
      case 'retry':
        this.#retry(event);
        return;
      case 'tool-start':
        this.#startTool(event);
        return;
      case 'tool-result':
        this.#endTool(event);
        return;
      case 'resumed':
        this.#run.addEvent('perigee.resumed', { 'perigee.steps': event.steps });
        return;
      case 'limit':
        this.#run.addEvent('perigee.limit', { 'perigee.limit.kind': event.kind });
        return;
      case 'pruned':
        this.#run.addEvent('perigee.pruned', {
          'perigee.pruned.steps': event.cut.steps,
          'perigee.pruned.tokens_before': event.cut.before,
          'perigee.pruned.tokens_after': event.cut.after,
        });
        return;
      case 'approval-request':
        this.#run.addEvent('perigee.approval.asked', callAttributes(event));
        return;
      case 'approval':
        this.#run.addEvent('perigee.approval.answered', {
          ...callAttributes(event),
          'perigee.approval.approved': event.approved,
        });
    }
  }

  /** Does the work of a tool, so that spans which it makes itself are below its own. */
  within<T>(callId: string, work: () => T): T {
    const span = this.#tools.get(callId)?.span;
    const { context, trace } = this.#api;
    return span ? context.with(trace.setSpan(context.active(), span), work) : work();
  }

  /** The run is over, or has failed with an error of this code. */
  end(result: RunResult | undefined, failure?: string): void {
    const broken = failure ?? result?.finishReason ?? 'error';
    this.#void(broken);
    if (result) {
      const { usage, cost, finishReason, steps } = result;
      this.#run.setAttributes({
        ...usageAttributes(usage),
        'perigee.finish_reason': finishReason,
        'perigee.steps': steps.length,
        ...(cost !== undefined && { 'perigee.cost_usd': cost }),
      });
    }
    if (failure !== undefined) this.#fail(this.#run, failure);
    this.#run.end();
  }

  /** Ends what is open and came to nothing. */
  #void(why: string): void {
    if (this.#chat) this.#fail(this.#chat, why);
    this.#endChat({});
    for (const { span } of this.#tools.values()) this.#fail(span, why).end();
    this.#tools.clear();
  }

  #startChat(startTime: TimeInput = Date.now()): void {
    this.#endChat({});
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': this.#model };
    this.#chat = this.#start(`chat ${this.#model}`, this.#api.SpanKind.CLIENT, startTime, attributes);
  }

  #endChat(attributes: Attributes): void {
    this.#chat?.setAttributes(attributes).end();
    this.#chat = undefined;
  }

  /** What was begun of the attempt is void. */
  #retry({ error, waitMs }: Retry): void {
    this.#void(error.code);
    this.#run.addEvent('perigee.retry', { 'error.type': error.code, 'perigee.retry.wait_ms': waitMs });
    this.#startChat(Date.now() + waitMs);
  }

  #startTool(call: Pick<ToolStart, 'id' | 'name'>): { span: Span; startedAt: number } {
    const startedAt = Date.now();
    const attributes = { 'gen_ai.operation.name': 'execute_tool', ...callAttributes(call) };
    const name = `execute_tool ${nameOf(call)}`;
    const tool = { span: this.#start(name, this.#api.SpanKind.INTERNAL, startedAt, attributes), startedAt };
    this.#tools.set(call.id, tool);
    return tool;
  }

  #endTool(result: ToolResult): void {
    const { span, startedAt } = this.#tools.get(result.id) ?? this.#startTool(result);
    this.#tools.delete(result.id);
    if (result.isError) this.#fail(span, failureOf(result));
    // The result of a call that began early is told when its turn is whole.
    span.end(startedAt + result.ms);
  }

  #start(name: string, kind: number, startTime: TimeInput, attributes: Attributes): Span {
    const { context, trace } = this.#api;
    const parent = trace.setSpan(context.active(), this.#run);
    return trace.getTracer('perigee').startSpan(name, { kind, startTime, attributes }, parent);
  }

  #fail(span: Span, type: string): Span {
    return span.setAttribute('error.type', type).setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }
}

/** What a tool threw may hold anything, so the span says only what kind of failure it was. */
function failureOf({ executed, unverified }: ToolResult): string {
  if (unverified) return 'unverified';
  return executed ? 'tool_error' : 'not_executed';
}

function nameOf({ name }: Pick<ToolStart, 'name'>): string {
  return name.slice(0, NAME).toWellFormed();
}

function callAttributes(call: Pick<ToolStart, 'id' | 'name'>): Attributes {
  return {
    'gen_ai.tool.name': nameOf(call),
    'gen_ai.tool.call.id': call.id,
    'gen_ai.tool.type': 'function',
  };
}

function usageAttributes(usage: Usage | undefined): Attributes {
  if (!usage) return {};
  return {
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens,
  };
}
