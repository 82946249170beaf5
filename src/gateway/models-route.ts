import { PerigeeError } from '../core/index.ts';
import { headerOf } from './arrival.ts';
import { chooseModel, usableModels } from './choose-model.ts';
import type { Exchange } from './exchange.ts';
import { replyJson } from './json-reply.ts';
import type { ServedModel } from './options.ts';

/** `GET /v1/models` in OpenAI's shape, or in Anthropic's for clients that send its version. */
export function listModels(exchange: Exchange): void {
  const models = usableModels(exchange);
  if (!wantsAnthropic(exchange)) {
    replyJson(exchange, 200, { object: 'list', data: models.map((model) => openaiModel(exchange, model)) });
    return;
  }
  const data = models.map((model) => anthropicModel(exchange, model));
  replyJson(exchange, 200, {
    data,
    has_more: false,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  });
}

/** `GET /v1/models/{id}`. */
export function showModel(exchange: Exchange, argument: string): void {
  const served = chooseModel(exchange, decoded(argument));
  replyJson(exchange, 200, (wantsAnthropic(exchange) ? anthropicModel : openaiModel)(exchange, served));
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

function anthropicModel({ runtime }: Exchange, { name, model, maxOutput }: ServedModel) {
  return {
    type: 'model',
    id: name,
    display_name: name,
    created_at: new Date(runtime.startedAt).toISOString(),
    ...(model.contextWindow !== undefined && { max_input_tokens: model.contextWindow }),
    ...(maxOutput !== undefined && { max_tokens: maxOutput }),
  };
}
