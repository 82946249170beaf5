import { PerigeeError } from '../../core/index.ts';
import { encodeListedModel, encodeModelsPage, type ListedModel } from '../../protocols/index.ts';
import { chooseModel, usableModels } from '../answers/choose-model.ts';
import { headerOf } from '../edges/arrival.ts';
import type { Exchange } from '../exchange.ts';
import type { ServedModel } from '../options.ts';
import { replyJson } from './json-reply.ts';
import { queryOf } from './query-of.ts';

/** `GET /v1/models` in OpenAI's shape, or in Anthropic's for clients that send its version. */
export function listModels(exchange: Exchange): void {
  const models = usableModels(exchange);
  if (!wantsAnthropic(exchange)) {
    replyJson(exchange, 200, { object: 'list', data: models.map((model) => openaiModel(exchange, model)) });
    return;
  }
  const listed = models.map((model) => listedModel(exchange, model));
  replyJson(exchange, 200, encodeModelsPage(listed, queryOf(exchange.arrival.target)));
}

/** `GET /v1/models/{id}`. */
export function showModel(exchange: Exchange, argument: string): void {
  const served = chooseModel(exchange, decoded(argument));
  replyJson(
    exchange,
    200,
    wantsAnthropic(exchange)
      ? encodeListedModel(listedModel(exchange, served))
      : openaiModel(exchange, served),
  );
}

/** A model's name may hold slashes, with or without escapes. */
function decoded(argument: string): string {
  try {
    return decodeURIComponent(argument);
  } catch {
    throw new PerigeeError('invalid-request', 'The path holds a broken escape.', {
      remedy: 'Write the name of the model with encodeURIComponent.',
      status: 400,
    });
  }
}

function wantsAnthropic({ arrival }: Exchange): boolean {
  return headerOf(arrival.headers, 'anthropic-version') !== undefined;
}

/** With the fields that Moonshot adds, which clients read windows and inputs from. */
function openaiModel({ runtime }: Exchange, { name, model, maxOutput, inputs }: ServedModel) {
  return {
    id: name,
    object: 'model',
    created: Math.floor(runtime.startedAt / 1000),
    owned_by: 'perigee',
    ...(model.contextWindow !== undefined && { context_length: model.contextWindow }),
    ...(maxOutput !== undefined && { max_output_tokens: maxOutput }),
    ...(inputs && {
      supports_image_in: inputs.includes('image'),
      supports_video_in: inputs.includes('video'),
    }),
  };
}

function listedModel({ runtime }: Exchange, { name, model, maxOutput }: ServedModel): ListedModel {
  return {
    id: name,
    displayName: name,
    createdAt: Math.floor(runtime.startedAt / 1000),
    ...(model.contextWindow !== undefined && { maxInputTokens: model.contextWindow }),
    ...(maxOutput !== undefined && { maxTokens: maxOutput }),
  };
}
