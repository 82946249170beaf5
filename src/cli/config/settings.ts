import type { SectionShape } from './shape.ts';
import { UPSTREAM } from './upstream-settings.ts';

const LIMITS: SectionShape = {
  type: 'section',
  about: 'What a client may send and how long it may take.',
  fields: {
    body_mb: { type: 'number', above: 0, maximum: 1024, about: 'MiB of a request body. Default 64.' },
    body_seconds: {
      type: 'number',
      above: 0,
      maximum: 86_400,
      about: 'Seconds in which the body must have come. Default 60.',
    },
    slow_client_seconds: {
      type: 'number',
      above: 0,
      maximum: 86_400,
      about: 'Seconds that a client may take no bytes while some wait for it. Default 120.',
    },
    ping_seconds: {
      type: 'number',
      above: 0,
      maximum: 3600,
      about: 'Seconds of silence after which a stream gets a ping. Default 10.',
    },
    memory_mb: {
      type: 'number',
      above: 0,
      maximum: 65_536,
      about:
        'MiB that remembered reasoning, stored responses and the latest requests may take, each. Default 64.',
    },
    budget_wait_seconds: {
      type: 'number',
      above: 0,
      maximum: 3600,
      about:
        "Seconds that a request may wait while what is left of its key's budget is held for others that are being answered. Default 10.",
    },
  },
};

const SERVER: SectionShape = {
  type: 'section',
  about: 'Where the gateway listens and what it allows. A new host or port counts after a restart.',
  fields: {
    host: {
      type: 'text',
      about:
        'The address to listen at. Default 127.0.0.1, this machine only; 0.0.0.0 for all networks, which needs keys.',
    },
    port: {
      type: 'number',
      whole: true,
      minimum: 0,
      maximum: 65_535,
      about: 'The port. Default 8787; 0: any free one.',
    },
    drain_delay_seconds: {
      type: 'number',
      minimum: 0,
      maximum: 3600,
      about:
        'Seconds between SIGTERM and closing the listener, in which a load balancer may notice: longer than it keeps idle connections. Default 0.',
    },
    keep_alive_seconds: {
      type: 'number',
      minimum: 1,
      maximum: 86_400,
      about:
        'Seconds that an idle connection stays open: longer than the proxy in front keeps it. Default 75; counts after a restart.',
    },
    limits: LIMITS,
  },
};

const KEY: SectionShape = {
  type: 'section',
  about: 'A client and its key.',
  fields: {
    id: {
      type: 'text',
      required: true,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$',
      form: 'a short name of letters, digits and . _ @ -',
      about: 'A name for logs and metrics, each only once.',
    },
    key: {
      type: 'text',
      required: true,
      secret: true,
      pattern: '^[!-~]+$',
      form: 'one word of ASCII characters, better ${NAME} or sha256: and the hash of the key in 64 hex digits',
      about: 'The key: ${NAME} for an environment variable, or sha256: and the SHA-256 of the key in hex.',
    },
    models: {
      type: 'list',
      filled: true,
      of: { type: 'text', about: 'The name of a model in this file.' },
      about: 'The models that this client may use. Default: all.',
    },
    requests_per_minute: {
      type: 'number',
      minimum: 1,
      about: 'Requests that it may send in a minute. Default: any number.',
    },
    tokens_per_minute: {
      type: 'number',
      minimum: 1,
      about: 'Tokens of prompts and answers together in a minute. Default: any number.',
    },
    monthly_budget_usd: {
      type: 'number',
      minimum: 0,
      about: 'US dollars in a calendar month (UTC), counted by the prices of the models. Default: no limit.',
    },
  },
};

const ROUTING: SectionShape = {
  type: 'section',
  about: 'What happens when an upstream fails or has no room.',
  fields: {
    retries: {
      type: 'number',
      whole: true,
      minimum: 0,
      maximum: 20,
      about: 'How often the same upstream is asked again for one request, after all others were. Default 2.',
    },
    first_event_seconds: {
      type: 'number',
      above: 0,
      maximum: 86_400,
      about:
        "Seconds until the first event of an answer; then the next upstream is asked. Default: the upstream's silence_seconds.",
    },
    queue: {
      type: 'number',
      whole: true,
      minimum: 0,
      maximum: 100_000,
      about: 'Requests that may wait while every upstream is at its concurrency. Default 256.',
    },
    queue_seconds: {
      type: 'number',
      above: 0,
      maximum: 3600,
      about: 'Seconds that a request may wait there. Default 30.',
    },
    breaker_failures: {
      type: 'number',
      whole: true,
      minimum: 1,
      maximum: 1000,
      about: 'Failures in a row after which an upstream is left alone for a while. Default 5.',
    },
    breaker_seconds: {
      type: 'number',
      above: 0,
      maximum: 3600,
      about: 'Seconds until one request tries it again; each further time it doubles. Default 1.',
    },
  },
};

const MODEL: SectionShape = {
  type: 'section',
  about: 'A model as clients see it.',
  fields: {
    name: { type: 'text', required: true, about: 'The name by which clients ask for it.' },
    aliases: {
      type: 'list',
      of: { type: 'text', about: 'A name; * stands for any characters.' },
      about:
        'Further names, such as "claude-haiku-*" or, for every name that is not served otherwise, "*" (in quotes).',
    },
    argument_retries: {
      type: 'number',
      whole: true,
      minimum: 0,
      maximum: 5,
      about:
        "How often the model is asked again when a call's arguments break the tool's schema and cannot be repaired without loss. Each is a further request. Default 0.",
    },
    routing: { ...ROUTING, about: 'Settings of routing that differ for this model.' },
    upstreams: {
      type: 'list',
      required: true,
      filled: true,
      of: UPSTREAM,
      about: 'Who answers, the preferred first.',
    },
  },
};

const KEEP: SectionShape = {
  type: 'section',
  about:
    'How long a database, or the file of --data-dir, keeps what clients may come back to. Counts for what is written after a restart.',
  fields: {
    responses_days: {
      type: 'number',
      above: 0,
      maximum: 3650,
      about: 'Days for which stored responses can be asked for. Default 30.',
    },
    reasoning_hours: {
      type: 'number',
      above: 0,
      maximum: 87600,
      about: 'Hours for which reasoning that clients drop can be put back. Default 24.',
    },
  },
};

const FAIL: SectionShape = {
  type: 'section',
  about:
    'What holds while the database of --database-url is away. open: requests are admitted by what this replica alone knows. closed: they are refused with 503. Counts after a restart.',
  fields: {
    budgets: {
      type: 'text',
      choices: ['open', 'closed'],
      about: 'For keys with a budget. Default closed.',
    },
    rates: {
      type: 'text',
      choices: ['open', 'closed'],
      about: 'For keys with requests or tokens per minute. Default open.',
    },
  },
};

/** All settings of the configuration file. */
export const SETTINGS: SectionShape = {
  type: 'section',
  about: 'The configuration of perigee serve: docs/configuration.md explains it.',
  extensions: true,
  fields: {
    $schema: { type: 'text', about: 'The address of this schema, for editors.' },
    server: SERVER,
    keys: {
      type: 'list',
      of: KEY,
      about:
        'Who may use the gateway. Without keys everybody who reaches it may; then it listens on this machine only.',
    },
    secret: {
      type: 'text',
      secret: true,
      pattern: '^[^\\r\\n]{16,}$',
      form: 'a line of at least 16 characters, best random ones in an environment variable',
      about:
        'Seals the reasoning that clients carry. The same on all replicas and across restarts. Default: a random one.',
    },
    models: { type: 'list', required: true, filled: true, of: MODEL, about: 'The models that are served.' },
    routing: ROUTING,
    fail: FAIL,
    keep: KEEP,
    log: {
      type: 'text',
      choices: ['pretty', 'json', 'none'],
      about: 'One line for each request: for people, as JSON on standard output, or none. Default pretty.',
    },
  },
};
