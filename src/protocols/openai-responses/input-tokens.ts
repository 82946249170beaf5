/** The answer of `POST /v1/responses/input_tokens`. */
export function inputTokensResponse(inputTokens: number): Record<string, unknown> {
  return { object: 'response.input_tokens', input_tokens: inputTokens };
}
