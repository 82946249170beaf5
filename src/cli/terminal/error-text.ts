import { parseJsonObject } from '../../core/index.ts';

/** A failure reaches the model as `{"error": "…"}`; people need only the sentence. */
export function errorText(output: string): string {
  const error = parseJsonObject(output)?.['error'];
  return typeof error === 'string' ? error : output;
}
