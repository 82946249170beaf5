import {
  type Conformed,
  checkToolChoice,
  conform,
  dialectOf,
  REQUEST_STAGES,
  type RequestStage,
  type Target,
  type Tell,
  toolChoiceStage,
} from '../../conform/index.ts';
import type { ModelRequest } from '../../core/index.ts';
import { HOST_PROFILES, type HostDialect, type HostProfile, hostProfile } from '../../profiles/index.ts';
import { encodeChatRequest } from '../../protocols/index.ts';
import { UsageError } from '../failure.ts';
import { targetOf } from '../serve/target.ts';
import { decodeRequest } from './decode-request.ts';
import { refuseDeepNesting } from './nesting.ts';

/** Of a host that is not known all is shown that a request asks for, in the words of Moonshot. */
const UNKNOWN_HOST: HostDialect = {
  thinking: 'thinking-object',
  effortField: 'reasoning_effort',
  cacheKeyField: 'prompt_cache_key',
};

/** A choice that the gateway refuses is told, so that all else can be shown. */
const toldToolChoice: RequestStage = (request, target, tell) => {
  try {
    checkToolChoice(request);
  } catch (error) {
    const text = `The gateway answers 400: ${(error as Error).message}`;
    tell({ stage: 'tool-choice', action: 'refused', text });
  }
  try {
    return toolChoiceStage(request, target, tell);
  } catch {
    // It throws what was just told where the choice would be sent as it is.
    return request;
  }
};

const STAGES = REQUEST_STAGES.map((stage) => (stage === toolChoiceStage ? toldToolChoice : stage));

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

/**
 * Fits a client's request to a host, or to one that nothing is known of, as the gateway would. A tool choice that the gateway
 * refuses is told among the changes, and the rest is fitted all the same.
 */
export function fitRequest(json: unknown, host: HostProfile | undefined, modelName?: string): FittedRequest {
  refuseDeepNesting(json);
  const decoded = decodeRequest(json);
  const model = modelName ?? decoded.model;
  const target = targetOf({
    modelId: model ?? '',
    protocol: 'openai-chat',
    ...(host ? { hostId: host.id } : { dialect: UNKNOWN_HOST }),
  });
  const changes: Change[] = [];
  const tell: Tell = ({ stage, action, text }) => void changes.push({ stage, action, text });
  const conformed = conform(decoded.request, target, tell, { requestStages: STAGES });
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
