export * from './anthropic-messages/index.ts';
export * from './completions/index.ts';
export * from './front/index.ts';
export * from './openai-chat/index.ts';
export * from './openai-responses/index.ts';
