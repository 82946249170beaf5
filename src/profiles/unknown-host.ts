import type { HostToolChoice } from './host-profile.ts';

/** `auto` and `none` always work; what else is accepted depends on the model and on thinking. */
export const BY_MODEL: HostToolChoice = { required: null, named: null, none: true };
/** Whatever can be asked for. */
export const ALL_CHOICES: HostToolChoice = { required: true, named: true, none: true };
/** None but `auto`. */
export const NO_CHOICE: HostToolChoice = { required: false, named: false, none: false };

/** What is said of a host of which nothing is known. */
export const UNKNOWN = {
  anthropicUrl: null,
  responsesUrl: null,
  apiKeyNames: [],
  keyPage: null,
  dialect: {},
  messages: {},
  reasoningField: null,
  canonicalIds: null,
  thinkingKeep: null,
  resultMedia: null,
  mediaLinks: null,
  limits: null,
  toolChoice: { required: null, named: null, none: null },
  continuation: null,
  schemaDialect: null,
  builtins: null,
  toolChoiceNote: null,
} as const;

/**
 * Hosts of Kimi models, then engines on their usual ports. Moonshot answers Responses requests for K3 only. The
 * names of keys are those that models.dev gives; key pages are those that client programs link to in 2026.
 */
