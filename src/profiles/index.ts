export { HOST_PROFILES } from './host-data.ts';
export type {
  HostDialect,
  HostLimits,
  HostMessages,
  HostProfile,
  HostToolChoice,
  Offer,
} from './host-profile.ts';
export { hostProfile, knownModelIds, modelProfile, offerOf, pricesOf } from './lookup.ts';
export { MODEL_PROFILES } from './model-data.ts';
export type { ModelProfile, ToolChoiceSupport } from './model-profile.ts';
