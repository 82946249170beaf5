import { checkMfjs, checkMfjsText, MFJS_LIMITS, toMfjs } from '../../conform/index.ts';
import { parseJson } from '../../core/index.ts';

/** Moonshot's documentation and its validator's own cases know five levels of properties; its servers take thirty. */
const STRICTEST = { ...MFJS_LIMITS, depth: 5 };

/** Whether a schema, or its text, is one that Moonshot takes at its strictest, the first complaint, and the form to send. */
export function describeSchema(schema: unknown): object {
  const error = typeof schema === 'string' ? checkMfjsText(schema, STRICTEST) : checkMfjs(schema, STRICTEST);
  const { schema: rewritten } = toMfjs(typeof schema === 'string' ? parseJson(schema) : schema, STRICTEST);
  return { valid: error === undefined, error: error ?? null, schema: rewritten };
}
