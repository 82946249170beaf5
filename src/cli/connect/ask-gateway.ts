import type { ListedModel } from '../../connect/index.ts';
import { isJsonObject } from '../../core/index.ts';
import { getJson, whyNot } from './fetch-json.ts';

const TIMEOUT_MS = 3000;

/** What a gateway says of itself. */
export type GatewayState =
  | { readonly state: 'open' | 'keyed'; readonly models: readonly ListedModel[] }
  /** It asks for a key, and the one that was sent, if any, is not it. */
  | { readonly state: 'locked'; readonly sent: boolean }
  | { readonly state: 'silent'; readonly why: string };

/** Asks for the models, without the key and then with it: so it shows whether one is asked for at all. */
export async function askGateway(
  chatUrl: string,
  key: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<GatewayState> {
  try {
    const open = await getJson(`${chatUrl}/models`, undefined, TIMEOUT_MS, environment);
    if (open.status === 200) return answered('open', open.json);
    if (open.status !== 401) return { state: 'silent', why: `it answers ${open.status}` };
    if (key === undefined) return { state: 'locked', sent: false };
    const keyed = await getJson(`${chatUrl}/models`, key, TIMEOUT_MS, environment);
    return keyed.status === 200 ? answered('keyed', keyed.json) : { state: 'locked', sent: true };
  } catch (error) {
    return { state: 'silent', why: whyNot(error) };
  }
}

function answered(state: 'open' | 'keyed', json: unknown): GatewayState {
  const list = isJsonObject(json) ? json['data'] : undefined;
  if (!Array.isArray(list)) return { state: 'silent', why: 'it answers, but not with a list of models' };
  return { state, models: list.flatMap(modelOf) };
}

function modelOf(entry: unknown): ListedModel[] {
  if (!isJsonObject(entry) || typeof entry['id'] !== 'string' || entry['id'] === '') return [];
  const { id, context_length: window, max_output_tokens: output, supports_image_in: images } = entry;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  return [
    {
      id,
      ...(isCount(window) && { contextWindow: window }),
      ...(isCount(output) && { maxOutput: output }),
      ...(typeof images === 'boolean' && { images }),
    },
  ];
}
