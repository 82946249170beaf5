import { estimateTokens } from '../../conform/index.ts';
import { costOf, isJsonObject, type ModelRequest } from '../../core/index.ts';
import type { ServedModel } from '../options.ts';

/** How much longer than estimated a prompt may be. */
const MARGIN = 1.5;
/** What hosts add to a prompt. */
const ADDED_TOKENS = 64;
/** A token has more bytes than this, of code and prose as of Chinese. */
const LEAST_BYTES_PER_TOKEN = 2.5;
/** Of a model of which nothing is known. */
const USUAL_OUTPUT = 32_768;

/** US dollars that an answer may cost at most; 0 where prices are not known. */
export function mostCost(served: ServedModel, request: ModelRequest): number {
  if (pricesOf(served) === undefined) return 0;
  return costAtMost(served, estimateTokens(request) * MARGIN, request.maxTokens);
}

/** The same of a body that is passed on as it is. */
export function mostRawCost(served: ServedModel, body: string, json: unknown): number {
  if (pricesOf(served) === undefined) return 0;
  const fields = isJsonObject(json) ? json : {};
  // Which of several a host heeds is its own business.
  const asked = ['max_tokens', 'max_completion_tokens', 'max_output_tokens']
    .map((name) => fields[name])
    .filter((value): value is number => typeof value === 'number' && value > 0);
  const most = asked.length === 0 ? undefined : Math.max(...asked);
  const choices = ['n', 'best_of'].map((name) => fields[name]).filter((value) => typeof value === 'number');
  return costAtMost(served, Buffer.byteLength(body) / LEAST_BYTES_PER_TOKEN, most, Math.max(1, ...choices));
}

/** `choices`: answers to one prompt, each of which may be as long. */
function costAtMost(served: ServedModel, input: number, asked: number | undefined, choices = 1): number {
  const { maxOutput, model } = served;
  const window = model.contextWindow ?? Number.POSITIVE_INFINITY;
  const output = Math.min(
    asked ?? Number.POSITIVE_INFINITY,
    maxOutput ?? Math.min(window, asked ?? USUAL_OUTPUT),
  );
  return costOf(
    {
      inputTokens: Math.min(window, Math.ceil(input) + ADDED_TOKENS),
      cachedInputTokens: 0,
      outputTokens: output * choices,
    },
    pricesOf(served)!,
  );
}

function pricesOf({ mostPrices, model }: ServedModel): ServedModel['mostPrices'] {
  return mostPrices ?? model.prices;
}
