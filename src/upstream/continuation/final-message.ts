import type { ModelRequest } from '../../core/index.ts';
import { type Format, promptFormatOf, renderPrompt } from '../../formats/index.ts';
import { type ChatDialect, encodeChatRequest } from '../../protocols/index.ts';

/**
 * How an engine goes on with an assistant message that stands last. `continue-final-message`: its template prints the
 * message, reasoning included, and the model goes on behind the content (vLLM). `append-final-message`: the content is
 * appended to the prompt of a new answer as it is (SGLang).
 */
export type FinalMessage = 'continue-final-message' | 'append-final-message';

/** Whether a model writes its calls as Kimi's K2 family does, so that a cut one can be written again. */
export function writesNatively(model: string, format: Format | undefined): boolean {
  if (format !== undefined && format !== 'auto' && format !== 'kimi') return false;
  try {
    return promptFormatOf(model) !== 'hermes';
  } catch {
    // A family without a template here.
    return false;
  }
}

/** The fields of a chat request that goes on behind what the model has written. `model` decides the template. */
export function encodeBehind(
  request: ModelRequest,
  reasoning: string,
  written: string,
  kind: FinalMessage,
  model: string,
  dialect: ChatDialect | undefined,
): Record<string, unknown> {
  // Both would have the engine constrain the rest as if it were a whole answer.
  const { responseFormat: _, toolChoice: __, ...asked } = request;
  const isAppended = kind === 'append-final-message';
  const content = isAppended ? beginningOf(request, reasoning, model) + written : written;
  const wire = encodeChatRequest(
    {
      ...asked,
      messages: [
        ...request.messages,
        { role: 'assistant', content, ...(reasoning !== '' && !isAppended && { reasoning }) },
      ],
    },
    dialect,
  );
  return {
    ...wire,
    continue_final_message: true,
    // vLLM refuses both at once; SGLang does not know this field.
    ...(!isAppended && { add_generation_prompt: false }),
    skip_special_tokens: false,
  };
}

/** The reasoning as it stands behind the prompt of an answer, which may have opened or closed it. */
function beginningOf({ thinking }: ModelRequest, reasoning: string, model: string): string {
  const prompt = renderPrompt({ messages: [] }, { model, thinking: thinking !== 'off' });
  if (prompt.endsWith('<think>')) return `${reasoning}</think>`;
  return reasoning === '' ? '' : `<think>${reasoning}</think>`;
}
