import { isJsonObject, parseJson } from '../core/index.ts';
import { notJson, reworded } from './answer-error.ts';
import { endpoint } from './endpoint.ts';
import { sendRequest } from './http-request.ts';
import { checkApiKey, type HttpModelOptions } from './options.ts';
import { readText } from './read-text.ts';
import { refusedResponse } from './refused-response.ts';
import { scrubbed, secretsOf } from './scrub.ts';
import { type RequestOptions, wayTo } from './way.ts';

/** Bytes of a model list that are read. */
const LONGEST_LIST = 4 * 1024 * 1024;
/** Characters of an id; a longer one is none. */
const LONGEST_ID = 200;

/** Which host to ask, and how. */
export type ListModelsOptions = Pick<HttpModelOptions, 'baseUrl' | 'apiKeyName'> & RequestOptions;

/**
 * The ids of the models that a host serves, by its own account (`GET {baseUrl}/models`), Kimi's first. Asked once,
 * without retries. Throws the `PerigeeError` of the failure, `not-json` when the answer is no such list.
 */
export async function listModels(options: ListModelsOptions, signal?: AbortSignal): Promise<string[]> {
  checkApiKey(options.apiKey);
  try {
    return await askForModels(options, signal);
  } catch (error) {
    throw scrubbed(error, secretsOf(options));
  }
}

async function askForModels(options: ListModelsOptions, signal?: AbortSignal): Promise<string[]> {
  const target = endpoint(options.baseUrl, 'GET', 'models');
  const response = await sendRequest(wayTo(target, 'GET', options), undefined, signal);
  if (response.statusCode < 200 || response.statusCode > 299) {
    throw (await refusedResponse(response, target.where, options))();
  }
  const list = listOf(await readText(response, LONGEST_LIST));
  if (!list) {
    const error = notJson('answered with something else than a list of models');
    throw reworded(error, `${target.where}: ${error.message}`);
  }
  const ids = list.flatMap((entry: unknown) => {
    const id = isJsonObject(entry) ? entry['id'] : undefined;
    return typeof id === 'string' && id !== '' && id.length <= LONGEST_ID ? [id] : [];
  });
  const kimi = (id: string) => (/kimi/i.test(id) ? 0 : 1);
  return ids.sort((a, b) => kimi(a) - kimi(b));
}

function listOf(text: string): unknown[] | undefined {
  const json = parseJson(text);
  const list = isJsonObject(json) ? json['data'] : json;
  return Array.isArray(list) ? list : undefined;
}
