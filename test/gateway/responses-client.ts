import OpenAI from 'openai';
import { kimi, running } from './fixtures.ts';

export type Input = OpenAI.Responses.ResponseInputItem[];

/** OpenAI's SDK before a gateway whose model says these texts. */
export async function client(texts: Parameters<typeof kimi>[0] = ['Hi']) {
  const { model: asked, models } = kimi(texts);
  const { baseURL, logged } = await running({ models });
  return { asked, baseURL, logged, openai: new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0 }) };
}

export const IMAGE = { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'auto' } as const;
/** One of everything that a client mostly sends. */
export const CONVERSATION: Input = [
  { role: 'developer', content: 'Be brief.' },
  { role: 'user', content: 'Look at it.' },
  { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":"it"}' },
  { type: 'function_call_output', call_id: 'c1', output: 'a stone' },
  { role: 'assistant', content: 'A stone.' },
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And this?' }, IMAGE] },
];
