import { PerigeeError } from '../../core/index.ts';
import type { Exchange } from '../exchange.ts';
import type { ServedModel } from '../options.ts';

/** Names that an error lists. */
const MOST_NAMES = 20;

/** The models that a request's key may use. */
export function usableModels({ snapshot, key }: Exchange): readonly ServedModel[] {
  const { models } = snapshot.options;
  const allowed = key?.models;
  return allowed === undefined ? models.list() : models.list().filter(({ name }) => allowed.includes(name));
}

/**
 * The model of a name, remembered in the exchange. Throws `model-not-found`, or `gateway-forbidden` where the key may not
 * use it.
 */
export function chooseModel(exchange: Exchange, name: string): ServedModel {
  const { models } = exchange.snapshot.options;
  exchange.askedName = name;
  // Claude Code marks a window of a million tokens in the name, and does not always take the mark off.
  const served = models.get(name) ?? (name.endsWith('[1m]') ? models.get(name.slice(0, -4)) : undefined);
  const allowed = exchange.key?.models;
  if (served !== undefined && (allowed === undefined || allowed.includes(served.name))) {
    exchange.served = served;
    return served;
  }
  if (served !== undefined) throw forbidden(exchange, name);
  throw new PerigeeError('model-not-found', `There is no model ${shown(name)} here.`, {
    remedy: `Use ${namesOf(exchange)}.`,
    param: 'model',
    status: 404,
  });
}

/** The error for a model that the key of a request may not use. */
export function forbidden(exchange: Exchange, name: string): PerigeeError {
  return new PerigeeError(
    'gateway-forbidden',
    `The key ${exchange.key?.id} may not use the model ${shown(name)}.`,
    {
      remedy: `It may use ${namesOf(exchange)}.`,
      param: 'model',
      status: 403,
    },
  );
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 120));

function namesOf(exchange: Exchange): string {
  const names = usableModels(exchange).map((model) => model.name);
  if (names.length === 0) return 'none: no model is served to this key';
  const listed = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${listed}, or one of ${names.length - MOST_NAMES} more` : listed;
}
