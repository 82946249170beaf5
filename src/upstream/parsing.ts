import type { Note, StreamOptions } from '../core/index.ts';
import type { ParserOptions, Reparser } from '../formats/index.ts';
import { createReparser } from '../formats/index.ts';
import {
  createChatStreamDecoder,
  createCompletionStreamDecoder,
  createMessagesStreamDecoder,
  decodeChatResponse,
  decodeCompletionResponse,
  decodeMessagesResponse,
  type ReportContext,
} from '../protocols/index.ts';
import type { AnswerProtocol, AnswerWire } from './answer-machine.ts';

const OPENAI: AnswerProtocol = {
  field: 'choices',
  ending: '[DONE]',
  api: 'an OpenAI-compatible API',
  streamed: { stream_options: { include_usage: true } },
};
const ANTHROPIC: AnswerProtocol = {
  field: 'content',
  ending: 'message_stop',
  api: 'an Anthropic-compatible API',
};

/** Reads answers of `/chat/completions`: the host took them apart, rightly or not. */
export function chatWire(
  options: ParserOptions,
  context?: ReportContext,
  stage: Reparser = createReparser(options),
): AnswerWire {
  return {
    protocol: OPENAI,
    decoder: createChatStreamDecoder(context),
    decodeResponse: (json) => decodeChatResponse(json, context),
    ...(context && { context }),
    stage,
  };
}

/** Reads answers of `/completions`; `stage` reads the raw model text. */
export function completionWire(stage: Reparser, context?: ReportContext): AnswerWire {
  return {
    protocol: OPENAI,
    decoder: createCompletionStreamDecoder(context),
    decodeResponse: (json) => decodeCompletionResponse(json, context),
    ...(context && { context }),
    stage,
  };
}

/** Reads answers of `/messages`: the host took them apart, rightly or not. */
export function messagesWire(options: ParserOptions, context?: ReportContext): AnswerWire {
  return {
    protocol: ANTHROPIC,
    decoder: createMessagesStreamDecoder(context),
    decodeResponse: (json) => decodeMessagesResponse(json, context),
    ...(context && { context }),
    stage: signedStage(createReparser(options)),
  };
}

const LEAKED: Note = {
  stage: 'parsing',
  action: 'leaked',
  text: 'the host left a tool call in the text, where it was found',
};

/** Notes each call that is found in the text of a host which is trusted to take its answers apart itself. */
export function tellsLeaks(onNote: StreamOptions['onNote']): Pick<ParserOptions, 'onTextCall'> {
  return onNote ? { onTextCall: () => onNote(LEAKED) } : {};
}

/** Signatures go past what is read anew as text. */
function signedStage(reparser: Reparser): Reparser {
  return {
    push(event) {
      const events = reparser.push(event);
      if (event.type !== 'reasoning-delta' || event.signature === undefined) return events;
      return [...events, { type: 'reasoning-delta', delta: '', signature: event.signature }];
    },
  };
}
