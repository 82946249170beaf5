import type { ParserOptions, Reparser } from '../formats/index.ts';
import { createReparser } from '../formats/index.ts';
import {
  createChatStreamDecoder,
  createCompletionStreamDecoder,
  decodeChatResponse,
  decodeCompletionResponse,
  type ReportContext,
} from '../protocols/index.ts';
import type { AnswerWire } from './answer-machine.ts';

/** Reads answers of `/chat/completions`: the host took them apart, rightly or not. */
export function chatWire(
  options: ParserOptions,
  context?: ReportContext,
  stage: Reparser = createReparser(options),
): AnswerWire {
  return {
    decoder: createChatStreamDecoder(context),
    decodeResponse: (json) => decodeChatResponse(json, context),
    ...(context && { context }),
    stage,
  };
}

/** Reads answers of `/completions`; `stage` reads the raw model text. */
export function completionWire(stage: Reparser, context?: ReportContext): AnswerWire {
  return {
    decoder: createCompletionStreamDecoder(context),
    decodeResponse: (json) => decodeCompletionResponse(json, context),
    ...(context && { context }),
    stage,
  };
}
