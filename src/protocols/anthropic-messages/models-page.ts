import { PerigeeError } from '../../core/index.ts';

/** A model as Anthropic's clients see it in a list. */
export interface ListedModel {
  readonly id: string;
  readonly displayName: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  /** Tokens that a prompt may have. */
  readonly maxInputTokens?: number;
  /** Tokens that an answer may have. */
  readonly maxTokens?: number;
}

/** The query of `GET /v1/models`, as it stands in the address. */
export interface ModelsQuery {
  /** Models on a page, 1 to 1000. Default 20. */
  readonly limit?: string;
  readonly after_id?: string;
  readonly before_id?: string;
}

/** One model of Anthropic's `GET /v1/models`, also the answer of `GET /v1/models/{id}`. */
export function encodeListedModel(model: ListedModel): Record<string, unknown> {
  const { id, displayName, createdAt, maxInputTokens, maxTokens } = model;
  const created = new Date(createdAt * 1000).toISOString().replace('.000', '');
  return {
    type: 'model',
    id,
    display_name: displayName,
    created_at: created,
    ...(maxInputTokens !== undefined && { max_input_tokens: maxInputTokens }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  };
}

/** A page of Anthropic's `GET /v1/models`, in the order given. Throws `invalid-request` for a query that fits none. */
export function encodeModelsPage(
  models: readonly ListedModel[],
  query: ModelsQuery = {},
): Record<string, unknown> {
  const limit = query.limit === undefined ? 20 : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw invalidQuery('limit', 'must be a whole number from 1 to 1000');
  }
  const from = query.after_id === undefined ? 0 : positionOf(models, 'after_id', query.after_id) + 1;
  const to = query.before_id === undefined ? models.length : positionOf(models, 'before_id', query.before_id);
  const backwards = query.before_id !== undefined && query.after_id === undefined;
  const page = backwards
    ? models.slice(Math.max(from, to - limit), to)
    : models.slice(from, to).slice(0, limit);
  return {
    data: page.map(encodeListedModel),
    has_more: page.length < to - from,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

function positionOf(models: readonly ListedModel[], param: string, id: string): number {
  const position = models.findIndex((model) => model.id === id);
  if (position < 0) throw invalidQuery(param, 'must be the id of a model in this list');
  return position;
}

function invalidQuery(param: string, must: string): PerigeeError {
  return new PerigeeError('invalid-request', `${param} ${must}.`, {
    param,
    remedy: 'Ask for GET /v1/models without it.',
  });
}
