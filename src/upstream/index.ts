export { type AnthropicMessagesOptions, anthropicMessages } from './anthropic-messages.ts';
export { type CompletionsOptions, completions, type RenderedPrompt } from './completions.ts';
export type { ContinuationOptions, FinalMessage } from './continuation/index.ts';
export { type DecodedText, decodeChatText } from './decode-chat-text.ts';
export { type ListModelsOptions, listModels } from './list-models.ts';
export { type OpenAiChatOptions, openaiChat } from './openai-chat.ts';
export type { HttpModelOptions } from './options.ts';
export { type RawOptions, type RawResponse, type RawSender, rawUpstream } from './raw.ts';
export { type RetryOptions, retrying } from './retrying.ts';
export {
  type BreakerOptions,
  type QueueOptions,
  type RoutedModel,
  type RoutingOptions,
  routed,
  type Upstream,
  type UpstreamState,
  withCacheKey,
} from './routing/index.ts';
