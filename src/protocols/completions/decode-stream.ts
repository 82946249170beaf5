import type { StreamEvent } from '../../core/index.ts';
import { nonEmpty } from '../openai-chat/choice.ts';
import { ChoiceDecoder } from '../openai-chat/choice-decoder.ts';
import type { StreamDecoder } from '../openai-chat/stream-decoder.ts';
import type { ReportContext } from '../openai-chat/stream-error.ts';

/**
 * Decodes the chunks of a streamed `text_completion`: raw model text as `text-delta`, then `finish`. What the
 * text holds is for `createParser` of `perigee/formats`.
 */
export function createCompletionStreamDecoder(context?: ReportContext): StreamDecoder {
  return new CompletionStreamDecoder(context);
}

class CompletionStreamDecoder extends ChoiceDecoder {
  protected override read(choice: Record<string, unknown>, events: StreamEvent[]): void {
    const delta = nonEmpty(choice['text']);
    if (delta !== undefined) events.push({ type: 'text-delta', delta });
  }

  protected override close(): void {}
}
