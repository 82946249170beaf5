import { isJsonObject, PerigeeError, parseJson } from '../../core/index.ts';

/** A request of Moonshot's K2 Vendor Verifier: a line of `samples.jsonl`. */
export interface Sample {
  /** The number of its line, from 1. */
  readonly index: number;
  /** The request body as it is sent: the role `_input` is `system`, the model is set. */
  readonly request: { readonly [field: string]: unknown };
}

/** Reads `samples.jsonl`; blank lines are left out. Throws `invalid-request` for a line that is no request. */
export function readSamples(text: string, model: string): Sample[] {
  return linesOf(text, 'samples').map(({ index, value }) => {
    if (!Array.isArray(value['messages'])) throw invalid('samples', index, 'has no messages');
    const messages = value['messages'].map((message: unknown) =>
      isJsonObject(message) && message['role'] === '_input' ? { ...message, role: 'system' } : message,
    );
    return { index, request: { ...value, messages, model } };
  });
}

/** The JSON objects of a text, one a line. */
export function linesOf(text: string, what: string): { index: number; value: Record<string, unknown> }[] {
  return text.split('\n').flatMap((line, position) => {
    if (line.trim() === '') return [];
    const value = parseJson(line);
    if (value === undefined) throw invalid(what, position + 1, 'is not JSON');
    if (!isJsonObject(value)) throw invalid(what, position + 1, 'is no JSON object');
    return [{ index: position + 1, value }];
  });
}

/** The error for a line that is not what the file should hold. */
export function invalid(what: string, line: number, why: string): PerigeeError {
  return new PerigeeError('invalid-request', `Line ${line} of the ${what} ${why}.`, {
    remedy: "Give a file of Moonshot's K2 Vendor Verifier, one JSON object a line.",
  });
}
