import type { Model, ModelRequest } from '../core/index.ts';
import { promptFormatOf, renderPrompt, startsInReasoning } from '../formats/index.ts';
import { encodeCompletionRequest } from '../protocols/index.ts';
import { continuationsFor, RawContinuation } from './continuation/index.ts';
import { httpModel } from './http-model.ts';
import type { HttpModelOptions } from './options.ts';
import { completionWire } from './parsing.ts';

export interface CompletionsOptions extends HttpModelOptions {
  /** The model whose prompt template is used, in any host's spelling. Default: `model`. */
  readonly template?: string;
  /** Tokens of an answer where the request sets no limit; engines stop after 16 otherwise. Default 16_384. */
  readonly maxTokens?: number;
  /** Writes the prompt. Default: that of the template, control tokens inside its texts made harmless. */
  readonly renderPrompt?: (request: ModelRequest) => RenderedPrompt;
}

export interface RenderedPrompt {
  readonly prompt: string;
  /** The prompt ends with `<think>`, so the answer begins inside the reasoning. */
  readonly startInReasoning: boolean;
}

/**
 * A model behind `POST {baseUrl}/completions` of a bare engine: the prompt is rendered here and the raw text
 * of the answer parsed here, so nothing depends on the engine's own template and parsers. An answer that ends inside a
 * call is gone on with (`continuations`). Throws `invalid-options` at once for options that cannot work; all else comes out of the stream.
 */
export function completions(options: CompletionsOptions): Model {
  const { model, format, maxTokens = 16_384, template = model, extraBody } = options;
  // Now, not with the first request: a model without a template can never be asked.
  if (!options.renderPrompt) promptFormatOf(template);
  const render = options.renderPrompt ?? ((request) => renderTemplate(request, template));
  return httpModel('completions', options, (request, context) => {
    const { prompt, startInReasoning } = render(request);
    const continuation = new RawContinuation({
      request,
      parsing: { tools: request.tools ?? [], startInReasoning, ...(format && { format }) },
      options: continuationsFor(request, options.continuations),
      contextWindow: options.contextWindow,
      wire: (stage) => completionWire(stage, context),
      body: (raw, limit) => ({
        model,
        max_tokens: maxTokens,
        ...encodeCompletionRequest(
          {
            ...request,
            extra: { ...extraBody, ...request.extra },
            ...(limit !== undefined && { maxTokens: limit }),
          },
          prompt + raw,
        ),
      }),
    });
    const first = continuation.first();
    return { body: first.body, wire: first.wire, continuation };
  });
}

function renderTemplate(request: ModelRequest, model: string): RenderedPrompt {
  const { thinking } = request;
  const prompt = renderPrompt(request, {
    model,
    thinking: thinking !== 'off',
    preserveThinking: thinking === 'keep',
    addGenerationPrompt: true,
    // What a file or a tool's result says must not end its message and speak for somebody else.
    defuse: true,
  });
  return { prompt, startInReasoning: startsInReasoning(prompt) };
}
