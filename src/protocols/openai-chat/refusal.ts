import type { ErrorCode } from '../../core/index.ts';
import type { HostError } from './host-error.ts';

/** What was asked, so that message and remedy can name it. */
export interface ErrorContext {
  /** Method, host and path, as in `POST api.moonshot.ai/v1/chat/completions`. */
  readonly where: string;
  readonly model: string;
  /** Whether a key was sent. */
  readonly hasApiKey: boolean;
  /** The environment variable or option that holds the key. Default `the API key`. */
  readonly apiKeyName?: string;
  /** Ids that the host is known to serve. */
  readonly knownModels?: readonly string[];
  /** Takes secrets out of what the host says, before that is shortened. Default: leaves it as it is. */
  readonly scrub?: (text: string) => string;
  /** For Retry-After dates. Default: now. */
  readonly now?: number;
}

interface Refusal {
  readonly code: ErrorCode;
  readonly remedy: string;
}

interface Facts extends ErrorContext {
  readonly status: number;
  readonly types: string;
  readonly message: string;
  readonly location: string | undefined;
}

/**
 * What Kimi's hosts mean, first match wins. Types and texts: Moonshot's error table and what vLLM, SGLang,
 * OpenRouter and SiliconFlow answer in its place.
 */
const RULES: readonly [test: (facts: Facts) => boolean, refusal: (facts: Facts) => Refusal][] = [
  [
    ({ status, types, message }) =>
      status === 402 ||
      /exceeded_current_quota|insufficient_quota|insufficient_balance/.test(types) ||
      (status === 429 && /insufficient balance|exceeded your current (token )?quota/i.test(message)),
    () => ({
      code: 'quota-exceeded',
      remedy: "Top up the account or raise its budget in the host's console; waiting does not help.",
    }),
  ],
  [
    ({ status, types }) =>
      status === 401 ||
      (status < 500 && /invalid_authentication|incorrect_api_key|invalid_api_key/.test(types)),
    refusedKey,
  ],
  [({ types }) => /engine_overloaded|overloaded_error/.test(types), overloaded],
  [
    ({ status, types, message }) =>
      status < 500 && (/content_filter/.test(types) || /considered high risk/i.test(message)),
    () => ({
      code: 'content-filter',
      remedy: 'Change the conversation: the host refuses what it contains.',
    }),
  ],
  [isContextTooLong, contextTooLong],
  [isModelUnknown, unknownModel],
  [
    ({ status }) => status >= 300 && status < 400,
    ({ location }) => ({
      code: 'endpoint-not-found',
      remedy: `Take as base URL where the host redirects to${location ? `: ${location}` : ''}.`,
    }),
  ],
  [
    ({ status }) => status === 404 || status === 405,
    ({ where }) => ({
      code: 'endpoint-not-found',
      remedy: `Correct the base URL; it probably lacks /v1 (asked: ${where}).`,
    }),
  ],
  [
    ({ status }) => status === 403,
    ({ apiKeyName }) => ({
      code: 'forbidden',
      remedy: `Ask the host to open this model and address to the account of ${apiKeyName ?? 'the API key'}.`,
    }),
  ],
  [({ status }) => status === 413, contextTooLong],
  [
    ({ status }) => status === 429,
    () => ({
      code: 'rate-limited',
      remedy: "Wait, or lower concurrency and max tokens to the account's limits.",
    }),
  ],
  [({ status }) => status === 503 || status === 529, overloaded],
  [
    ({ status }) => status >= 500 || status === 408 || status === 409 || status === 425,
    () => ({
      code: 'server-error',
      remedy: "Try again later; if it stays, look at the host's status page or log.",
    }),
  ],
];

/** Which error a response means, and what to do about it. */
export function classifyRefusal(
  status: number,
  host: HostError,
  context: ErrorContext,
  location?: string,
): Refusal {
  const facts = { ...context, status, types: host.types.join(' '), message: host.message, location };
  for (const [test, refusal] of RULES) if (test(facts)) return refusal(facts);
  return { code: 'bad-request', remedy: badRequestRemedy(host.message) };
}

function refusedKey({ hasApiKey, apiKeyName }: Facts): Refusal {
  if (!hasApiKey) {
    const where = apiKeyName === undefined ? 'an API key' : `${apiKeyName} to a key`;
    return { code: 'no-api-key', remedy: `No key was sent: set ${where} of this host.` };
  }
  return {
    code: 'wrong-api-key',
    remedy: `Check ${apiKeyName ?? 'the API key'}: it must be a key of the host at the base URL, and api.moonshot.ai, api.moonshot.cn and api.kimi.com have separate ones.`,
  };
}

function overloaded(): Refusal {
  return { code: 'overloaded', remedy: 'Try again in a moment: the host has no free capacity.' };
}

function isContextTooLong({ status, types, message }: Facts): boolean {
  if (status !== 400 && status !== 422) return false;
  if (/context_length_exceeded|exceed_context_size/.test(types)) return true;
  return /exceeded model token limit|token length too long|exceeds the model specification|(maximum|max) context|context (length|window|size)|prompt is too long|too many tokens|longer than the model/i.test(
    message,
  );
}

function contextTooLong(): Refusal {
  return {
    code: 'context-too-long',
    remedy: 'Shorten the conversation (long tool results and media first) or lower max tokens.',
  };
}

function isModelUnknown({ status, types, message, model }: Facts): boolean {
  if (status !== 404 && status !== 400) return false;
  if (/model_not_found/.test(types)) return true;
  if (/not a valid model|unknown model|unsupported model|invalid model/i.test(message)) return true;
  const absent = /not found|does ?n.t exist|does not exist|not exist|no permission|no such/i.test(message);
  if (status === 404 && /resource_not_found/.test(types)) return true;
  return absent && (/\bmodel\b/i.test(message) || (model !== '' && message.includes(model)));
}

function unknownModel({ model, knownModels }: Facts): Refusal {
  const known = knownModels?.length ? `; this host has ${knownModels.join(', ')}` : '';
  return { code: 'model-not-found', remedy: `Choose another model than ${model}${known}.` };
}

/** The 400s that people meet most, by the host's own words. */
const ADVICE: readonly [words: RegExp, remedy: string][] = [
  [
    /tool_choice.*incompatible with thinking/i,
    "Switch thinking off (thinking: 'off') or let the model choose (toolChoice: 'auto').",
  ],
  [
    /reasoning_content is missing/i,
    'Send every assistant message back with the reasoning that came with it, or switch thinking off.',
  ],
  [
    /only .* is allowed for this model/i,
    'Leave that field out: this model has it fixed, also against what thinking on or off allows.',
  ],
  [/moonshot flavored json schema/i, 'Simplify the schema of that tool at the path that is named.'],
  [/tool_call_id.*not found/i, 'Send each tool result after the assistant message that carries its call id.'],
  [
    /plain HTTP request was sent to (the )?HTTPS|HTTP request to an HTTPS/i,
    'Write https:// in the base URL: this port speaks TLS.',
  ],
  [/role .* is not allowed|ROLE_UNSPECIFIED/i, 'Send instructions under the role system.'],
];

function badRequestRemedy(message: string): string {
  for (const [words, remedy] of ADVICE) if (words.test(message)) return remedy;
  return 'Correct what the host names; sending the same request again gives the same answer.';
}
