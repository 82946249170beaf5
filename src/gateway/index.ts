export type { Listening, ListenOptions } from './edges/listener.ts';
export { createGateway, type DrainOptions, type Gateway } from './gateway.ts';
export { localAccounts } from './keys/local-accounts.ts';
export type {
  GatewayKey,
  GatewayLimits,
  GatewayOptions,
  ModelDirectory,
  RawAnswer,
  RawUpstream,
  RequestLog,
  Routing,
  ServedModel,
} from './options.ts';
export { ResponseStore, type StoredResponse } from './stores/response-store.ts';
export { createSeal, type Seal } from './stores/seal.ts';
