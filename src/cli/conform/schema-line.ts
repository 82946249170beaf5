import { checkMfjs, checkMfjsText, MFJS_LIMITS, toMfjs } from '../../conform/index.ts';

/** Moonshot's documentation and its validator's own cases know five levels of properties; its servers take thirty. */
const STRICTEST = { ...MFJS_LIMITS, depth: 5 };

/** Whether a schema, or its text, is one that Moonshot takes at its strictest, the first complaint, and the form to send. */
export function describeSchema(schema: unknown): object {
  const error = typeof schema === 'string' ? checkMfjsText(schema, STRICTEST) : checkMfjs(schema, STRICTEST);
  const { schema: rewritten } = toMfjs(
    typeof schema === 'string' ? parsedOrNothing(schema) : schema,
    STRICTEST,
  );
  return { valid: error === undefined, error: error ?? null, schema: rewritten };
}

/** A text that is no JSON is no schema, and becomes one that takes any object. */
function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
