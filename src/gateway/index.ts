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
