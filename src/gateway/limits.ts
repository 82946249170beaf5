import { PerigeeError } from '../core/index.ts';
import type { GatewayLimits } from './options.ts';

const MIB = 1024 * 1024;

/** The limits that hold where nothing else is said. */
export const DEFAULT_LIMITS: Required<GatewayLimits> = {
  bodyBytes: 64 * MIB,
  bodyMs: 60_000,
  slowClientMs: 120_000,
  pingMs: 10_000,
  memoryBytes: 64 * MIB,
  budgetWaitMs: 10_000,
};

/** All limits, given ones checked. Throws `invalid-options`. */
export function completeLimits(given: GatewayLimits = {}): Required<GatewayLimits> {
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof GatewayLimits)[]) {
    const value = given[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !(value > 0)) {
      throw new PerigeeError('invalid-options', `limits.${name} is ${String(value)}, which is no limit.`, {
        remedy: 'Give a number above 0, or leave it out for the default.',
      });
    }
    limits[name] = value;
  }
  return limits;
}
