import { HOST_PROFILES } from '../../profiles/index.ts';
import type { SectionShape } from './shape.ts';

/** The ids of hosts that a file or a flag may name, with their other spellings. */
export const HOST_NAMES: readonly string[] = HOST_PROFILES.flatMap(({ id, aliases = [] }) => [
  id,
  ...aliases,
]);

/** The protocols in which an upstream can be asked. */
export const UPSTREAM_PROTOCOLS = ['openai-chat', 'completions', 'anthropic-messages'] as const;

/** How raw text of a model can be read. */
export const FORMATS = ['auto', 'kimi', 'hermes', 'xml-invoke', 'pythonic', 'json'] as const;

const HEADER_VALUE = '^[\\t -~\\u0080-\\u00ff]+$';

const DIALECT: SectionShape = {
  type: 'section',
  about: 'How the host reads Chat Completions requests, where it differs from its profile.',
  fields: {
    max_tokens_field: {
      type: 'text',
      choices: ['max_tokens', 'max_completion_tokens'],
      about: 'The field that limits the tokens of an answer.',
    },
    thinking: {
      type: 'text',
      choices: ['thinking-object', 'chat-template-kwargs', 'reasoning-object', 'reasoning-effort', 'none'],
      about: 'How thinking is switched.',
    },
    reasoning_fields: {
      type: 'list',
      of: { type: 'text', choices: ['reasoning_content', 'reasoning'], about: 'A field of the message.' },
      about: 'Under which names earlier reasoning goes back; an empty list: not at all.',
    },
    reasoning_required: {
      type: 'switch',
      about: 'Whether every message with tool calls must carry a reasoning field.',
    },
    cache_key_field: { type: 'text', about: 'The field for the key of the prompt cache.' },
  },
};

const PRICES: SectionShape = {
  type: 'section',
  about: 'US dollars per million tokens. Default: what is published for the model on the host.',
  fields: {
    input: { type: 'number', required: true, minimum: 0, about: 'Tokens of prompts.' },
    cached_input: {
      type: 'number',
      minimum: 0,
      about: 'Tokens of prompts that came from the cache. Default: as input.',
    },
    output: { type: 'number', required: true, minimum: 0, about: 'Tokens of answers.' },
  },
};

/** One upstream of a model. */
export const UPSTREAM: SectionShape = {
  type: 'section',
  about: 'A host or an engine: host, url or both.',
  fields: {
    host: {
      type: 'text',
      choices: HOST_NAMES,
      about:
        'A known host or engine: what it needs and costs, its address, and the variable of its key. Default: known by the url, else an unknown host.',
    },
    url: {
      type: 'text',
      // Some are given with a key in them.
      secret: true,
      pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^/\\s]',
      form: 'a URL that begins with http:// or https://',
      about: "Where its API begins, mostly ending in /v1. Default: the host's.",
    },
    name: { type: 'text', about: 'A name for logs and metrics. Default: the host.' },
    protocol: {
      type: 'text',
      choices: UPSTREAM_PROTOCOLS,
      about:
        'openai-chat; completions: the prompt is written here and raw text read, for bare engines; anthropic-messages. Default openai-chat.',
    },
    format: {
      type: 'text',
      choices: FORMATS,
      about:
        'How text is read where the server left tool calls in it. Default: kimi markers are found anyway; with completions auto.',
    },
    start_in_reasoning: {
      type: 'switch',
      about:
        'With openai-chat: whether the server sends reasoning as text whose <think> stood in the prompt. Default false.',
    },
    model: {
      type: 'text',
      about: "The model's id there. Default: what the host calls the model of this name, else the name.",
    },
    template: {
      type: 'text',
      about:
        "With completions: the Kimi model whose prompt template is used. Default: by the model's id or name.",
    },
    api_key: {
      type: 'text',
      secret: true,
      pattern: '^[!-~]+$',
      form: 'one word of ASCII characters, best ${NAME}',
      about: "The key. Default: the host's own variable, such as MOONSHOT_API_KEY, if it is set.",
    },
    headers: {
      type: 'map',
      of: {
        type: 'text',
        secret: true,
        pattern: HEADER_VALUE,
        form: 'one line of characters that a header may hold',
        about: 'The value.',
      },
      about: 'Further request headers.',
    },
    extra_body: {
      type: 'map',
      about: "Further fields of each request's body; what a client sends overrides them.",
    },
    weight: {
      type: 'number',
      minimum: 0,
      about:
        'Its share of the conversations, beside the other weights. Default 0: asked only when those before it, and those with a weight, cannot answer.',
    },
    concurrency: {
      type: 'number',
      whole: true,
      minimum: 1,
      about: 'Requests at the same time; more wait. Default: any number.',
    },
    continuation: {
      type: 'switch',
      about:
        'Whether a tool call that was cut off is continued where the upstream can do that. Default true.',
    },
    context_window: {
      type: 'number',
      whole: true,
      minimum: 1,
      about: 'Tokens of prompt and answer together there. Default: what is known of the model on the host.',
    },
    max_output: {
      type: 'number',
      whole: true,
      minimum: 1,
      about: 'Tokens that an answer may have there. Default: what is known of the model on the host.',
    },
    silence_seconds: {
      type: 'number',
      minimum: 0,
      maximum: 86_400,
      about: 'Seconds without a byte after which an answer counts as lost; 0: no limit. Default 600.',
    },
    connect_seconds: {
      type: 'number',
      above: 0,
      maximum: 600,
      about: 'Seconds for opening a connection. Default 30.',
    },
    dialect: DIALECT,
    prices: PRICES,
  },
};
