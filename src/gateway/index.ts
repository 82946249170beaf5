export { createGateway, type Gateway } from './gateway.ts';
export type { Listening, ListenOptions } from './listener.ts';
export type {
  GatewayKey,
  GatewayLimits,
  GatewayOptions,
  Ledger,
  ModelDirectory,
  RawAnswer,
  RawUpstream,
  RequestLog,
  ServedModel,
} from './options.ts';
export { ResponseStore, type StoredResponse } from './response-store.ts';
export { createSeal, type Seal } from './seal.ts';
