import { percentOf } from '../score/tally.ts';
import type { VendorResult } from './results.ts';

/** The figures of Moonshot's table, by its own rules. */
export interface VendorScore {
  readonly success_count: number;
  readonly failure_count: number;
  readonly finish_stop: number;
  readonly finish_tool_calls: number;
  readonly finish_others: number;
  readonly finish_others_detail: { readonly [reason: string]: number };
  readonly schema_validation_error_count: number;
  readonly successful_tool_call_count: number;
  /** Percent: valid answers of those that ended with `tool_calls`. */
  readonly schema_accuracy: number | null;
  /** Percent, against the results of the official API; null without them. */
  readonly tool_call_f1: number | null;
  readonly tool_call_precision: number | null;
  readonly tool_call_recall: number | null;
  /** Results that have a counterpart in the reference. */
  readonly compared: number;
}

/**
 * Scores results as the K2 Vendor Verifier does. Trigger: TP both ended with `tool_calls`, FP only the vendor, FN only
 * the official API; F1 = 2PR/(P+R).
 */
export function scoreVendor(
  results: readonly VendorResult[],
  reference?: readonly VendorResult[],
): VendorScore {
  const others: { [reason: string]: number } = {};
  const count = { success: 0, failure: 0, stop: 0, calls: 0, others: 0, valid: 0 };
  for (const { status, finish_reason: reason, tool_calls_valid: valid } of results) {
    if (status === 'success') count.success++;
    else count.failure++;
    if (reason === 'stop') count.stop++;
    else if (reason === 'tool_calls') {
      count.calls++;
      if (valid) count.valid++;
    } else if (reason) {
      count.others++;
      others[reason] = (others[reason] ?? 0) + 1;
    }
  }
  return {
    success_count: count.success,
    failure_count: count.failure,
    finish_stop: count.stop,
    finish_tool_calls: count.calls,
    finish_others: count.others,
    finish_others_detail: others,
    schema_validation_error_count: count.calls - count.valid,
    successful_tool_call_count: count.valid,
    schema_accuracy: percentOf(count.valid, count.calls),
    ...triggers(results, reference ?? []),
  };
}

function triggers(results: readonly VendorResult[], reference: readonly VendorResult[]) {
  // Hashes hold the model's name, so those of two hosts may differ where the requests do not.
  const byIndex = new Map(reference.map((result) => [result.data_index, result]));
  let both = 0;
  let vendorOnly = 0;
  let officialOnly = 0;
  let compared = 0;
  for (const result of results) {
    const official = byIndex.get(result.data_index);
    if (!official || official.status === 'failed' || result.status === 'failed') continue;
    compared++;
    const here = result.finish_reason === 'tool_calls';
    const there = official.finish_reason === 'tool_calls';
    if (here && there) both++;
    else if (here) vendorOnly++;
    else if (there) officialOnly++;
  }
  const known = compared > 0;
  return {
    tool_call_f1: known ? percentOf(2 * both, 2 * both + vendorOnly + officialOnly) : null,
    tool_call_precision: known ? percentOf(both, both + vendorOnly) : null,
    tool_call_recall: known ? percentOf(both, both + officialOnly) : null,
    compared,
  };
}
