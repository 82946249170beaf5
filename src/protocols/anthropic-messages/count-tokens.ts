/** The answer of `POST /v1/messages/count_tokens`. */
export function countTokensResponse(inputTokens: number): Record<string, unknown> {
  return { input_tokens: inputTokens };
}
