import type { Target } from '../../conform/index.ts';
import type { Model, Prices, UpstreamHints } from '../../core/index.ts';
import { renderPrompt, startsInReasoning } from '../../formats/index.ts';
import type { ServedModel } from '../../gateway/index.ts';
import type { HttpModelOptions } from '../../upstream/index.ts';
import type { ModelConfig, UpstreamConfig } from '../config/config.ts';
import { priceOf } from '../config/price-of.ts';
import { proxyFor } from '../proxy.ts';
import type { ModelParts } from './parts.ts';
import { targetOf } from './target.ts';

/** An upstream that was made, ready to be routed to. */
interface BuiltUpstream {
  readonly model: Model;
  readonly raw: ServedModel['raw'];
}

/** Makes models of configurations; what is configured as it was before is the same object again. */
export interface ModelBuilder {
  build(models: readonly ModelConfig[]): ServedModel[];
}

/**
 * A builder that remembers what it made last, by what it was made from: after a change of the configuration an
 * upstream or model that did not change keeps its connections, its queue and what its breaker knows.
 */
export function modelBuilder(
  parts: ModelParts,
  environment: NodeJS.ProcessEnv,
  hints?: UpstreamHints,
): ModelBuilder {
  let upstreams = new Map<string, BuiltUpstream>();
  let models = new Map<string, ServedModel>();
  return {
    build(configs) {
      const nextUpstreams: typeof upstreams = new Map();
      const nextModels: typeof models = new Map();
      const upstreamOf = (config: UpstreamConfig, argumentRetries: number) =>
        reused(upstreams, nextUpstreams, upstreamKey(config, argumentRetries), () =>
          buildUpstream(config, argumentRetries, parts, environment),
        );
      const served = configs.map((config) => {
        const { aliases: _, ...rest } = config;
        return reused(models, nextModels, JSON.stringify(rest), () =>
          serveModel(config, parts, upstreamOf, hints),
        );
      });
      // Models that are reused hold their upstreams, though nobody asked for these by themselves.
      for (const { upstreams: used, argumentRetries } of configs) {
        for (const config of used) upstreamOf(config, argumentRetries);
      }
      upstreams = nextUpstreams;
      models = nextModels;
      return served;
    },
  };
}

/** The value of a key: made in this build, kept from the last one, or made now. */
function reused<T>(last: Map<string, T>, next: Map<string, T>, key: string, make: () => T): T {
  const value = next.get(key) ?? last.get(key) ?? make();
  next.set(key, value);
  return value;
}

/** Name, weight and concurrency matter to the router alone. */
function upstreamKey(config: UpstreamConfig, argumentRetries: number): string {
  const { name: _name, weight: _weight, concurrency: _concurrency, ...rest } = config;
  return JSON.stringify([rest, argumentRetries]);
}

function serveModel(
  config: ModelConfig,
  parts: ModelParts,
  upstreamOf: (config: UpstreamConfig, argumentRetries: number) => BuiltUpstream,
  hints: UpstreamHints | undefined,
): ServedModel {
  const { name, upstreams, argumentRetries, routing } = config;
  if (upstreams.length === 0) return { name, model: parts.practiceModel() };
  const built = upstreams.map((upstream) => upstreamOf(upstream, argumentRetries));
  const model = parts.routed(
    name,
    upstreams.map(({ name: upstreamName, weight, concurrency }, i) => ({
      name: upstreamName,
      model: built[i]!.model,
      ...(weight !== undefined && { weight }),
      ...(concurrency !== undefined && { concurrency }),
    })),
    hints ? { ...routing, hints } : routing,
  );
  const targets = upstreams.map(targetOf);
  const maxOutput = least(targets.map((target) => target.maxOutput));
  const inputs = common(targets.map((target) => target.model?.inputs));
  const mostPrices = dearest(upstreams.map(priceOf), 1 + argumentRetries);
  const { raw } = built[0]!;
  return {
    name,
    model,
    ...(maxOutput !== undefined && { maxOutput }),
    ...(inputs && { inputs }),
    ...(mostPrices && { mostPrices }),
    ...(raw && { raw: { ...raw, upstream: upstreams[0]!.name } }),
    ready: () => model.ready(),
    routing: () => ({ waiting: model.waiting(), upstreams: model.upstreams() }),
  };
}

function buildUpstream(
  config: UpstreamConfig,
  argumentRetries: number,
  parts: ModelParts,
  environment: NodeJS.ProcessEnv,
): BuiltUpstream {
  const target = targetOf(config);
  const way = wayTo(config, environment);
  const prices = priceOf(config);
  const options = {
    ...way,
    model: config.modelId,
    // Further attempts are the router's, which knows the other upstreams.
    retries: 0,
    ...(config.extraBody && { extraBody: config.extraBody }),
    ...(config.apiKeyName !== undefined && { apiKeyName: config.apiKeyName }),
    ...(config.format && { format: config.format }),
    ...(prices && { prices }),
    ...(target.contextWindow !== undefined && { contextWindow: target.contextWindow }),
  };
  const base = baseModel(config, target, options, parts);
  const fitted = parts.askingAgain(parts.conformed(base, target), target, { argumentRetries });
  const model = knownDialect(target)?.cacheKeyField === undefined ? fitted : keyed(fitted, parts);
  const raw = parts.rawUpstream({
    ...way,
    model: config.modelId,
    // A bare engine that is asked by its completions has the chat path beside it.
    protocol: config.protocol === 'anthropic-messages' ? 'anthropic-messages' : 'openai-chat',
  });
  return { model, raw };
}

function baseModel(
  config: UpstreamConfig,
  target: Target,
  options: HttpModelOptions,
  parts: ModelParts,
): Model {
  const { template } = config;
  const continuations = config.continuation ? {} : { continuations: { max: 0 } };
  switch (config.protocol) {
    case 'completions':
      return parts.completions({
        ...options,
        ...continuations,
        ...(template !== undefined && { template }),
      });
    case 'anthropic-messages':
      return parts.anthropicMessages({ ...options, dialect: target.host?.messages ?? {} });
    case 'openai-chat': {
      const continuation = config.continuation ? target.host?.continuation : undefined;
      return parts.openaiChat({
        ...options,
        dialect: knownDialect(target) ?? {},
        startInReasoning: config.startInReasoning ?? beginsThinking(config, target),
        ...(continuation && { continuation }),
      });
    }
  }
}

/** `conform` has the same, but is loaded only with the server. */
function knownDialect({ dialect, host }: Target): Target['dialect'] {
  return dialect ?? host?.dialect;
}

/**
 * Whether raw answers begin inside the reasoning: the template of the model opens it. Only of servers that are said to
 * send raw text: what others call content is content.
 */
function beginsThinking({ format, template }: UpstreamConfig, { model, modelId }: Target): boolean {
  if ((format !== 'kimi' && format !== 'auto') || model === undefined || model.id === 'kimi-k3') return false;
  const prompt = renderPrompt(
    { messages: [{ role: 'user', content: '' }] },
    { model: template ?? modelId, thinking: true, addGenerationPrompt: true },
  );
  return startsInReasoning(prompt);
}

/** The model, told the name of each conversation, so that the host finds its cached prompt. */
function keyed(model: Model, { withCacheKey }: ModelParts): Model {
  return { ...model, stream: (request, options) => model.stream(withCacheKey(request), options) };
}

/** Where to and how: what models and raw requests share. */
function wayTo(config: UpstreamConfig, environment: NodeJS.ProcessEnv) {
  const { baseUrl, apiKey, headers, silenceMs, connectTimeoutMs } = config;
  const proxy = proxyFor(new URL(baseUrl), environment);
  return {
    baseUrl,
    ...(apiKey !== undefined && { apiKey }),
    ...(headers && { headers }),
    ...(silenceMs !== undefined && { silenceMs }),
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
    ...(proxy && { dispatcher: proxy.dispatcher, secrets: proxy.secrets }),
  };
}

/** What a token costs at most, of those that are known, where each answer may be asked for so many times. */
function dearest(prices: readonly (Prices | undefined)[], times: number): Prices | undefined {
  const known = prices.filter((price) => price !== undefined);
  if (known.length === 0) return undefined;
  const most = (kind: keyof Prices) => times * Math.max(...known.map((price) => price[kind]));
  return { input: most('input'), cachedInput: most('cachedInput'), output: most('output') };
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}

type Inputs = NonNullable<ServedModel['inputs']>;

/** What every upstream takes that is known; unknown if none is. */
function common(values: readonly (Inputs | undefined)[]): Inputs | undefined {
  const known = values.filter((value) => value !== undefined);
  return known[0]?.filter((input) => known.every((inputs) => inputs.includes(input)));
}
