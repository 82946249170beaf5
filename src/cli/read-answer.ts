import {
  type PerigeeError,
  parseJsonObject,
  type StreamEvent,
  type ToolDeclaration,
  TurnAssembler,
} from '../core/index.ts';
import { createParser, type Format, type ParserOptions } from '../formats/index.ts';
import { decodeChatText } from '../upstream/index.ts';
import { type CanonicalAnswer, canonicalAnswer } from './canonical.ts';

/** What a recorded answer is: raw model text in a format, or what an OpenAI-shaped host sent. */
export type AnswerFormat = Format | 'openai-stream' | 'openai-response';

const NAMES: Readonly<Record<string, AnswerFormat>> = {
  auto: 'auto',
  kimi: 'kimi',
  'kimi-native': 'kimi',
  'kimi-native-leak': 'kimi',
  plain: 'kimi',
  hermes: 'hermes',
  'xml-invoke': 'xml-invoke',
  pythonic: 'pythonic',
  json: 'json',
  'openai-stream': 'openai-stream',
  'openai-response': 'openai-response',
};

/** The names under which a format can be asked for. */
export const ANSWER_FORMATS = Object.keys(NAMES);

/** The format that a name means, or undefined. */
export function answerFormat(name: string): AnswerFormat | undefined {
  return Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
}

export interface ReadOptions {
  readonly format: AnswerFormat;
  readonly tools?: readonly ToolDeclaration[];
  readonly startInReasoning?: boolean;
  /** What the engine reported, for raw text. */
  readonly rawReason?: string;
}

/** What `auto` finds: an SSE stream or a response by how it begins, raw text otherwise. */
export function detectFormat(text: string): AnswerFormat {
  if (/^\s*(?:(?:data|event|id|retry):|: ?\S)/.test(text) && /^data:/m.test(text)) return 'openai-stream';
  if (/^\s*\{/.test(text) && text.includes('"choices"')) {
    // Raw text may merely look like a response.
    if (Array.isArray(parseJsonObject(text)?.['choices'])) return 'openai-response';
  }
  return 'auto';
}

/** What was read of a recorded answer; `error` when it broke off. */
export interface ReadEvents {
  readonly events: readonly StreamEvent[];
  readonly error?: PerigeeError;
}

/** The events of a recorded answer, cut into the given chunks. */
export function readEvents(chunks: readonly string[], options: ReadOptions): ReadEvents {
  const { format, tools, startInReasoning = false, rawReason } = options;
  const parserOptions: ParserOptions = { startInReasoning, ...(tools && { tools }) };
  if (format === 'openai-stream' || format === 'openai-response') {
    return decodeChatText(chunks, parserOptions);
  }
  const parser = createParser({ ...parserOptions, format });
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  events.push(...parser.end(rawReason === undefined ? {} : { rawReason }));
  return { events };
}

/** A recorded answer in canonical form. */
export function answerOf({ events, error }: ReadEvents): CanonicalAnswer {
  const turn = new TurnAssembler();
  for (const event of events) turn.push(event);
  const answer = canonicalAnswer(turn.turn());
  if (!error) return answer;
  return { ...answer, error: true, error_code: error.code, error_message: error.message };
}
