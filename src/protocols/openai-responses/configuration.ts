import { isJsonObject } from '../../core/index.ts';
import { decodeFormat } from './decode-format.ts';
import { optionalObject, optionalString } from './fields.ts';
import type { Configuration, Item } from './reply.ts';

/** Where a stored response keeps it: the next request may name the response and say nothing of it again. */
const FIELD = 'perigee_configuration';

/** What holds after all items of a request, and before them `earlier`. Throws `invalid-request`. */
export function configurationOf(
  items: readonly Item[],
  earlier: Configuration | undefined,
): Configuration | undefined {
  let configuration = earlier;
  items.forEach((item, index) => {
    if (item['type'] === 'configuration_update') {
      configuration = { ...configuration, ...updateOf(item, `input[${index}]`) };
    }
  });
  return configuration;
}

function updateOf(item: Item, at: string): Configuration {
  const reasoning = optionalObject(item, 'reasoning', `${at}.reasoning`);
  const format = optionalObject(
    optionalObject(item, 'text', `${at}.text`) ?? {},
    'format',
    `${at}.text.format`,
  );
  decodeFormat(format, `${at}.text.format`);
  return {
    ...(reasoning?.['effort'] !== undefined && {
      reasoning: { effort: optionalString(reasoning, 'effort', `${at}.reasoning.effort`) ?? null },
    }),
    ...(format && { text: { format } }),
  };
}

/** A request with the configuration in the place of its own settings. */
export function configured(json: Item, configuration: Configuration | undefined): Item {
  if (!configuration) return json;
  const { reasoning, text } = configuration;
  return {
    ...json,
    ...(reasoning && { reasoning: { ...optionalObject(json, 'reasoning'), ...reasoning } }),
    ...(text && { text: { ...optionalObject(json, 'text'), ...text } }),
  };
}

/** A response as it is kept. */
export function withConfiguration(response: Item, configuration: Configuration | undefined): Item {
  return configuration ? { ...response, [FIELD]: configuration } : response;
}

/** What a kept response says of the answers after it. */
export function configurationIn(response: Item | undefined): Configuration | undefined {
  const kept = response?.[FIELD];
  return isJsonObject(kept) ? kept : undefined;
}

/** A kept response as the client got it. */
export function withoutConfiguration(response: Item): Item {
  if (!(FIELD in response)) return response;
  const { [FIELD]: _, ...shown } = response;
  return shown;
}
