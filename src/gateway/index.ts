export type {
  GatewayKey,
  GatewayLimits,
  GatewayOptions,
  ModelDirectory,
  RawAnswer,
  RawUpstream,
  RequestLog,
  ServedModel,
} from './options.ts';
export { ResponseStore, type StoredResponse } from './response-store.ts';
