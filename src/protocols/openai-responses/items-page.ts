import { invalid } from './fields.ts';
import { listedItems } from './listed-items.ts';
import type { Item } from './reply.ts';

const DEFAULT_LIMIT = 20;
const MOST_ITEMS = 100;

/** The query of `GET /v1/responses/{id}/input_items`, as it stands in the address. `include` is not needed: nothing is left out. */
export interface ItemsQuery {
  /** Default `desc`: the latest item first. */
  readonly order?: string;
  /** Items on a page, 1 to 100. Default 20. */
  readonly limit?: string;
  /** The id of the last item on the page before. */
  readonly after?: string;
}

/** A page of the items of a request. Throws `invalid-request` for a query that fits none. */
export function encodeItemsPage(items: readonly Item[], answerId: string, query: ItemsQuery = {}): Item {
  const { order = 'desc', after } = query;
  if (order !== 'asc' && order !== 'desc') throw invalid('order', '`order` must be "asc" or "desc".');
  const limit = query.limit === undefined ? DEFAULT_LIMIT : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ITEMS) {
    throw invalid('limit', `\`limit\` must be a whole number from 1 to ${MOST_ITEMS}.`);
  }
  const all = listedItems(items, answerId);
  if (order === 'desc') all.reverse();
  const before = after === undefined ? -1 : all.findIndex(({ id }) => id === after);
  if (after !== undefined && before < 0) {
    throw invalid('after', '`after` must be the id of an item in this list.', 'Begin without it.');
  }
  const data = all.slice(before + 1, before + 1 + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.['id'] ?? null,
    last_id: data.at(-1)?.['id'] ?? null,
    has_more: before + 1 + data.length < all.length,
  };
}
