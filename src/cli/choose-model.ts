import { conformed } from '../conform/index.ts';
import { type Model, PerigeeError } from '../core/index.ts';
import type { Format } from '../formats/index.ts';
import {
  type HostProfile,
  hostProfile,
  knownModelIds,
  modelProfile,
  offerOf,
  pricesOf,
} from '../profiles/index.ts';
import { practiceModel, replay } from '../replay/index.ts';
import { completions, openaiChat } from '../upstream/index.ts';
import { UsageError } from './failure.ts';
import { onlyModelOf } from './only-model.ts';
import { blameProxy, proxyFor } from './proxy.ts';
import { targetOf } from './serve/target.ts';

/** What the options say about where the answers come from. */
export interface ModelChoice {
  readonly model?: string;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly format?: Format;
  readonly completions?: boolean;
  readonly replay?: string;
  /** Milliseconds between the practice model's pieces. */
  readonly paceMs?: number;
}

export interface ChosenModel {
  readonly model: Model;
  /** The line that introduces it. */
  readonly introduction: string;
  /** Not Kimi: the embedded rules. */
  readonly isPractice: boolean;
  /** Tools that the host runs itself; undefined for a recording, which has what it was recorded with. */
  readonly builtins?: readonly string[];
  /** The proxy on the way and the variable that asks for it. */
  readonly proxy?: string;
}

const DEFAULT_MODEL = 'kimi-k2.6';
const MOONSHOT = 'moonshot';
const MOONSHOT_KEY = 'MOONSHOT_API_KEY';
const PRACTICE = 'practice';

/** The line that says what the practice model is. */
export const PRACTICE_NOTICE =
  'practice model, not Kimi; set MOONSHOT_API_KEY or --base-url for the real one';

/**
 * The model that a command talks to: a recording, the server of `--base-url`, Moonshot where its key is set,
 * else the practice model. A key is only ever sent to the host it belongs to.
 */
export async function chooseModel(
  choice: ModelChoice,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ChosenModel> {
  if (choice.replay !== undefined) return recorded(choice.replay);
  if (choice.baseUrl !== undefined) return atUrl(choice, parsedUrl(choice.baseUrl), env);
  if (choice.model === PRACTICE) return practice(choice);
  const keyName = choice.apiKeyEnv ?? MOONSHOT_KEY;
  if (present(env[keyName]) !== undefined) {
    const host = hostProfile(MOONSHOT)!;
    return atUrl({ ...choice, apiKeyEnv: keyName }, new URL(host.baseUrls[0]!), env);
  }
  // Whoever names a model, a key or a protocol wants the real thing, not a stand-in.
  for (const [flag, value] of Object.entries({
    '--model': choice.model,
    '--api-key-env': choice.apiKeyEnv,
    '--completions': choice.completions,
    '--format': choice.format,
  })) {
    if (value === undefined || value === false) continue;
    throw new PerigeeError('no-api-key', `${flag} asks for a real model, but ${keyName} is not set.`, {
      remedy: `Set ${keyName} (a key from ${hostProfile(MOONSHOT)?.keyPage ?? 'platform.kimi.ai'}), or give --base-url for another host; leave ${flag} out for the practice model.`,
    });
  }
  return practice(choice);
}

function practice({ paceMs = 0 }: ModelChoice): ChosenModel {
  return { model: practiceModel({ paceMs }), introduction: PRACTICE_NOTICE, isPractice: true, builtins: [] };
}

function recorded(file: string): ChosenModel {
  const model = replay(file, { speed: 1 });
  return {
    model,
    introduction: `${model.id}, replayed from ${file}`,
    isPractice: model.id === PRACTICE,
  };
}

async function atUrl(choice: ModelChoice, baseUrl: URL, env: NodeJS.ProcessEnv): Promise<ChosenModel> {
  const host = hostProfile(baseUrl.href);
  const proxy = proxyFor(baseUrl, env);
  const way = {
    baseUrl: baseUrl.href,
    ...keyFor(choice, host, env),
    ...(proxy && { dispatcher: proxy.dispatcher, secrets: proxy.secrets }),
  };
  const named = choice.model ?? (host && offerOf(DEFAULT_MODEL, host.id)?.model);
  const unlisted = (error: unknown) => Promise.reject(blameProxy(error, proxy?.source));
  const model = named ?? (await onlyModelOf(way).catch(unlisted));
  const prices = pricesOf(model, host?.id ?? '');
  const contextWindow =
    (host && offerOf(model, host.id)?.contextWindow) ?? modelProfile(model)?.contextWindow;
  const options = {
    ...way,
    model,
    ...knownModels(host),
    ...(choice.format && { format: choice.format }),
    ...(prices && { prices }),
    ...(contextWindow && { contextWindow }),
  };
  const raw = choice.completions
    ? completions(options)
    : openaiChat({ ...options, ...(host && { dialect: host.dialect }) });
  const target = targetOf({
    modelId: model,
    template: undefined,
    hostId: host?.id,
    protocol: choice.completions ? 'completions' : 'openai-chat',
    dialect: undefined,
    contextWindow,
    maxOutput: undefined,
  });
  return {
    model: conformed(raw, target),
    introduction: `${model} at ${baseUrl.host}${named === undefined ? ' (the only model it lists)' : ''}`,
    isPractice: false,
    builtins: choice.completions ? [] : (host?.builtins ?? []),
    ...(proxy && { proxy: proxy.source }),
  };
}

function parsedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  const meant = /^[\w.-]+(:\d+)?(\/.*)?$/.test(text) ? `Did you mean http://${text}?` : '';
  throw new UsageError(
    `--base-url ${text} is not a URL that begins with http:// or https://. ${meant}`.trimEnd(),
  );
}

/** The key of this host, and the variable for remedies. */
function keyFor(
  choice: ModelChoice,
  host: HostProfile | undefined,
  env: NodeJS.ProcessEnv,
): { apiKey?: string; apiKeyName: string } {
  const { apiKeyEnv } = choice;
  const keyName = apiKeyEnv ?? host?.apiKeyNames.find((name) => present(env[name]) !== undefined);
  const apiKey = keyName === undefined ? undefined : present(env[keyName]);
  if (apiKeyEnv !== undefined && apiKey === undefined) {
    throw new PerigeeError('no-api-key', `${apiKeyEnv} is not set.`, {
      remedy: `Set ${apiKeyEnv}, or name another variable with --api-key-env.`,
    });
  }
  return {
    apiKeyName: keyName ?? host?.apiKeyNames[0] ?? 'the variable named by --api-key-env',
    ...(apiKey !== undefined && { apiKey }),
  };
}

function knownModels(host: HostProfile | undefined): { knownModels?: readonly string[] } {
  const ids = host ? knownModelIds(host.id) : [];
  return ids.length > 0 ? { knownModels: ids } : {};
}

function present(value: string | undefined): string | undefined {
  return value?.trim() ? value.trim() : undefined;
}
