import { expect, test } from 'vitest';
import type { Message, ToolDeclaration } from '../../src/core/index.ts';
import { renderPrompt } from '../../src/formats/index.ts';
import { completions } from '../../src/upstream/index.ts';
import { answerJson, answerStream, outcome, serve, sse } from './server.ts';

const messages: Message[] = [{ role: 'user', content: 'hi' }];
const tools: ToolDeclaration[] = [
  { name: 'f', parameters: { type: 'object', properties: { x: { type: 'number' } } } },
];
const piece = (text: string, finish_reason: string | null = null) => ({
  choices: [{ index: 0, text, finish_reason }],
});
const CALL =
  'hm</think>Now.<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"x":1}<|tool_call_end|><|tool_calls_section_end|>';

test('renders the prompt, and parses the raw text that comes back', async () => {
  const text = sse(
    ...CALL.split(/(?=[<{])/).map((part) => piece(part)),
    piece('', 'stop'),
    { choices: [], usage: { prompt_tokens: 9, completion_tokens: 3 } },
    '[DONE]',
  );
  const { baseUrl, seen } = await serve((response) => answerStream(response, text));
  const model = completions({ baseUrl, model: 'moonshotai/Kimi-K2.6' });
  const { turn } = await outcome(model.stream({ messages, tools }));
  expect(turn).toMatchObject({
    reasoning: 'hm',
    content: 'Now.',
    calls: [{ id: 'functions.f:0', name: 'f', arguments: '{"x":1}' }],
    finishReason: 'tool-calls',
    rawFinishReason: 'stop',
    usage: { inputTokens: 9, outputTokens: 3 },
  });
  expect(seen[0]?.path).toBe('/v1/completions');
  expect(JSON.parse(seen[0]!.body)).toEqual({
    model: 'moonshotai/Kimi-K2.6',
    prompt: renderPrompt({ messages, tools }, { model: 'kimi-k2.6' }),
    max_tokens: 16_384,
    skip_special_tokens: false,
    stream: true,
    stream_options: { include_usage: true },
  });
});

test('the template may be another than the name of the model, thinking may be off', async () => {
  const { baseUrl, seen } = await serve((response) =>
    answerStream(response, sse(piece('yes', 'stop'), '[DONE]')),
  );
  const model = completions({ baseUrl, model: 'served', template: 'kimi-k2.5', maxTokens: 50 });
  const { turn } = await outcome(model.stream({ messages, thinking: 'off' }));
  expect(turn).toMatchObject({ content: 'yes', reasoning: '' });
  const body = JSON.parse(seen[0]!.body);
  expect(body).toMatchObject({ model: 'served', max_tokens: 50 });
  expect(body.prompt.endsWith('<think></think>')).toBe(true);
});

test('the caller may write the prompt', async () => {
  const { baseUrl, seen } = await serve((response) =>
    answerJson(response, 200, { choices: [{ text: 'a</think>b', finish_reason: 'length' }] }),
  );
  const model = completions({
    baseUrl,
    model: 'm',
    renderPrompt: () => ({ prompt: 'P', startInReasoning: true }),
  });
  const { turn } = await outcome(model.stream({ messages, maxTokens: 7 }));
  expect(turn).toMatchObject({ reasoning: 'a', content: 'b', finishReason: 'length' });
  expect(JSON.parse(seen[0]!.body)).toMatchObject({ prompt: 'P', max_tokens: 7 });
});

test('an answer that is cut in a call gives the cut call and the error', async () => {
  const { baseUrl } = await serve((response) =>
    answerStream(response, sse(piece(CALL.slice(0, CALL.indexOf('1}'))))),
  );
  const { turn, error } = await outcome(
    completions({ baseUrl, model: 'kimi-k2.6', retries: 0 }).stream({ messages, tools }),
  );
  expect(error?.code).toBe('stream-cut');
  expect(turn.calls).toEqual([]);
  expect(turn.cut).toMatchObject({ name: 'f', arguments: '{"x":' });
});

test('an answer that is held back, as a call in tags is, has begun for whoever waits', async () => {
  const raw = '<tool_call>{"name":"f","arguments":{"a":1}}</tool_call>';
  const { baseUrl } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const events = [...raw].map((text) => sse({ choices: [{ index: 0, text, finish_reason: null }] }));
    const next = () => {
      const event = events.shift();
      if (event === undefined)
        response.end(sse({ choices: [{ index: 0, text: '', finish_reason: 'stop' }] }, '[DONE]'));
      else response.write(event, () => setImmediate(next));
    };
    next();
  });
  const model = completions({ baseUrl, model: 'kimi-k2-instruct', retries: 0 });
  const lengths: number[] = [];
  for await (const batch of model.stream({ messages: [], tools: [{ name: 'f' }] }).batches())
    lengths.push(batch.length);
  expect(lengths[0]).toBe(0);
  expect(lengths.filter((length) => length === 0)).toHaveLength(1);
});
