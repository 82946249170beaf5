import { PerigeeError } from '../../core/index.ts';
import { type HostProfile, hostProfile, modelProfile, offerOf, pricesOf } from '../../profiles/index.ts';
import { rawUpstream } from '../../upstream/index.ts';
import type { AskedSide, Side, SideInfo } from '../../verify/index.ts';
import { UsageError } from '../failure.ts';
import { onlyModelOf } from '../only-model.ts';
import { proxyFor } from '../proxy.ts';
import type { VerifyFlags } from './flags.ts';

/** A host that is measured: how it is asked, and what is said of it. */
export interface Measured {
  readonly asked: AskedSide;
  readonly info: SideInfo;
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly host?: HostProfile;
}

const MOONSHOT = 'moonshot';
const DEFAULT_MODEL = 'kimi-k2.6';
/** Milliseconds without a byte after which an answer counts as lost. */
const SILENCE_MS = 300_000;

interface Choice {
  readonly side: Side;
  /** The flag that gave the address, for messages. */
  readonly flag: string;
  readonly baseUrl?: string | undefined;
  readonly model?: string | undefined;
  readonly apiKeyEnv?: string | undefined;
  readonly host?: string | undefined;
}

/** The host that the flags name, else Moonshot. */
export function hostOf(flags: VerifyFlags, env: NodeJS.ProcessEnv): Promise<Measured> {
  const { baseUrl, model, apiKeyEnv, host } = flags;
  return measured({ side: 'host', flag: '--base-url', baseUrl, model, apiKeyEnv, host }, flags, env);
}

/** The host of `--reference`, which has the same model under its own name for it. */
export function referenceOf(flags: VerifyFlags, model: string, env: NodeJS.ProcessEnv): Promise<Measured> {
  const { reference: baseUrl, referenceModel, referenceApiKeyEnv: apiKeyEnv } = flags;
  const host = baseUrl === undefined ? undefined : hostProfile(baseUrl);
  const there = referenceModel ?? (host && offerOf(model, host.id)?.model) ?? model;
  return measured({ side: 'reference', flag: '--reference', baseUrl, model: there, apiKeyEnv }, flags, env);
}

async function measured(choice: Choice, flags: VerifyFlags, env: NodeJS.ProcessEnv): Promise<Measured> {
  const named = profileNamed(choice.host);
  const address = choice.baseUrl ?? named?.baseUrls[0] ?? hostProfile(MOONSHOT)!.baseUrls[0]!;
  const url = addressOf(address, choice.flag);
  const host = named ?? hostProfile(url.href);
  const apiKey = keyOf(choice, host, env);
  const proxy = proxyFor(url, env);
  const way = {
    baseUrl: url.href,
    ...(apiKey !== undefined && { apiKey }),
    ...(proxy && { dispatcher: proxy.dispatcher, secrets: proxy.secrets }),
  };
  const model = choice.model ?? (host && offerOf(DEFAULT_MODEL, host.id)?.model) ?? (await onlyModelOf(way));
  const sender = rawUpstream({ ...way, model, protocol: 'openai-chat', silenceMs: SILENCE_MS });
  const profile = modelProfile(model);
  const prices = pricesOf(model, host?.id ?? '');
  return {
    asked: {
      side: choice.side,
      sender,
      manner: {
        modelId: model,
        ...(profile && { model: profile }),
        ...(host && { host }),
        ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
        ...(flags.extraBody && { extraBody: flags.extraBody }),
      },
    },
    info: {
      side: choice.side,
      where: `${url.origin}${url.pathname}`,
      model,
      ...(prices && { prices }),
    },
    baseUrl: url.href,
    ...(apiKey !== undefined && { apiKey }),
    ...(host && { host }),
  };
}

function profileNamed(name: string | undefined): HostProfile | undefined {
  if (name === undefined) return undefined;
  const profile = hostProfile(name);
  if (profile) return profile;
  throw new UsageError(
    `--host ${name} is no host that is known. It says how the server at --base-url is asked: moonshot, vllm, sglang, …`,
  );
}

function addressOf(text: string, flag: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  const meant = /^[\w.-]+(:\d+)?(\/.*)?$/.test(text) ? ` Did you mean http://${text}?` : '';
  throw new UsageError(`${flag} ${text} is not a URL that begins with http:// or https://.${meant}`);
}

/** The key of this host and of no other. */
function keyOf(
  { apiKeyEnv, side, baseUrl }: Choice,
  host: HostProfile | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const option = side === 'reference' ? '--reference-api-key-env' : '--api-key-env';
  if (apiKeyEnv !== undefined) {
    const key = env[apiKeyEnv]?.trim();
    if (key) return key;
    throw new PerigeeError('no-api-key', `${apiKeyEnv} is not set.`, {
      remedy: `Set ${apiKeyEnv}, or name another variable with ${option}.`,
    });
  }
  const names = host?.apiKeyNames ?? [];
  const key = names.map((name) => env[name]?.trim()).find(Boolean);
  if (key !== undefined || (baseUrl !== undefined && host?.id !== MOONSHOT)) return key;
  if (side === 'reference') {
    throw new PerigeeError(
      'no-api-key',
      `${names[0] ?? 'The key'} is not set, and the reference asks for it.`,
      {
        remedy: `Set ${names[0] ?? 'it'}, or name another variable with ${option}.`,
      },
    );
  }
  throw new PerigeeError(
    'no-api-key',
    `${names[0] ?? 'The key'} is not set, and there is nothing to measure without a host.`,
    {
      remedy: `Set ${names[0] ?? 'it'}, give --base-url for another host, or --list to see the questions.`,
    },
  );
}
