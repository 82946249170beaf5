const LIMIT = /(?:max(?:imum)? context length (?:is|of)|model token limit:) (\d+)/i;
const INPUT = /(\d+)(?: tokens)? (?:from|in) the (?:input )?messages|\(requested: (\d+)\)/i;
const OUTPUT = /(\d+)(?: tokens)? (?:for|in) the completion/i;

/**
 * What was said of a conversation that is too long, in Anthropic's words. Claude Code goes by them: it compacts on the
 * one form and asks for a shorter answer on the other (claude-code-router#1799). The figures are those that Moonshot, vLLM,
 * SGLang and OpenAI name; without them the first words alone.
 */
export function tooLongText(said: string): string {
  if (/prompt is too long|exceed context limit/i.test(said)) return said;
  const [limit, input, output] = [LIMIT, INPUT, OUTPUT].map((words) => figure(words.exec(said)));
  if (limit === undefined || input === undefined) return `prompt is too long: ${said}`;
  return output !== undefined && Number(input) < Number(limit)
    ? `input length and \`max_tokens\` exceed context limit: ${input} + ${output} > ${limit}. ${said}`
    : `prompt is too long: ${input} tokens > ${limit} maximum. ${said}`;
}

function figure(found: RegExpExecArray | null): string | undefined {
  return found?.slice(1).find((group) => group !== undefined);
}
