import { type Conformed, conform, dialectOf, type Target } from '../../conform/index.ts';
import type { ModelRequest, Note } from '../../core/index.ts';
import {
  HOST_PROFILES,
  type HostDialect,
  type HostProfile,
  hostProfile,
  modelProfile,
  offerOf,
} from '../../profiles/index.ts';
import { encodeChatRequest } from '../../protocols/index.ts';
import { UsageError } from '../failure.ts';
import { decodeRequest } from './decode-request.ts';
import { refuseDeepNesting } from './nesting.ts';

/** Of a host that is not known all is shown that a request asks for, in the words of Moonshot. */
const UNKNOWN_HOST: HostDialect = {
  thinking: 'thinking-object',
  effortField: 'reasoning_effort',
  cacheKeyField: 'prompt_cache_key',
};

/** One stage's work. */
export interface Change {
  readonly stage: string;
  readonly action: string;
  readonly text: string;
}

/** A client's request and what becomes of it. */
export interface FittedRequest {
  readonly original: ModelRequest;
  readonly conformed: Conformed;
  readonly target: Target;
  /** The body that would be sent. */
  readonly wire: Record<string, unknown>;
  readonly changes: readonly Change[];
}

/** The profile of `--host`; throws a `UsageError` with the names that there are. */
export function hostNamed(name: string): HostProfile {
  const host = hostProfile(name);
  if (host) return host;
  throw new UsageError(`--host ${name} is not known: ${HOST_PROFILES.map(({ id }) => id).join(', ')}.`);
}

/** Fits a client's request to a host, or to one that nothing is known of, as the gateway would. */
export function fitRequest(json: unknown, host: HostProfile | undefined, modelName?: string): FittedRequest {
  refuseDeepNesting(json);
  const decoded = decodeRequest(json);
  const model = modelName ?? decoded.model;
  const changes: Change[] = [];
  const tell = ({ stage, action, text }: Note) => void changes.push({ stage, action, text });
  const target = targetOf(model, host);
  const conformed = conform(decoded.request, target, tell);
  return {
    original: decoded.request,
    conformed,
    target,
    wire: {
      ...(model !== undefined && { model }),
      ...encodeChatRequest(conformed.request, dialectOf(target)),
    },
    changes,
  };
}

function targetOf(modelName: string | undefined, host: HostProfile | undefined): Target {
  const model = modelName === undefined ? undefined : modelProfile(modelName);
  const offer = modelName === undefined || host === undefined ? undefined : offerOf(modelName, host.id);
  return {
    modelId: modelName ?? '',
    protocol: 'openai-chat',
    ...(model && { model }),
    ...(host ? { host } : { dialect: UNKNOWN_HOST }),
    ...(offer?.contextWindow && { contextWindow: offer.contextWindow }),
    ...(offer?.maxOutput && { maxOutput: offer.maxOutput }),
  };
}
