import { isJsonObject } from '../../core/index.ts';

/** A failure reaches the model as `{"error": "…"}`; people need only the sentence. */
export function errorText(output: string): string {
  try {
    const json: unknown = JSON.parse(output);
    if (isJsonObject(json) && typeof json['error'] === 'string') return json['error'];
  } catch {
    // A tool's own text.
  }
  return output;
}
