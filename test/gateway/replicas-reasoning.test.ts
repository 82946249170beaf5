import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { call, keyOf, kimi, post, USAGE } from './fixtures.ts';
import { figuresOf, replica } from './replicas.ts';

const tools: OpenAI.ChatCompletionTool[] = [
  { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } },
];
const calls = (reasoning: string) => ({
  text: `<think>${reasoning}</think>Well. ${call('look', 0, '{"at":"it"}')}`,
  usage: USAGE,
});
const model = 'kimi';
const QUESTION: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'Look!' };

const client = (baseURL: string, apiKey = 'any') => new OpenAI({ baseURL, apiKey, maxRetries: 0 });

/** The conversation as a client shows it that drops what it does not know. */
const back = (text = 'Well. ', argumentsText = '{"at":"it"}'): OpenAI.ChatCompletionMessageParam[] => [
  QUESTION,
  {
    role: 'assistant',
    content: text,
    tool_calls: [
      { id: 'functions.look:0', type: 'function', function: { name: 'look', arguments: argumentsText } },
    ],
  },
  { role: 'tool', tool_call_id: 'functions.look:0', content: 'a stone' },
];

describe.skipIf(!hasPostgres)('reasoning that a client drops', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  async function two(
    texts: readonly string[],
    options: Partial<Parameters<typeof replica>[1]> = {},
    stateOptions = {},
  ) {
    const databaseUrl = await postgres.freshUrl();
    const first = kimi(texts.map(calls));
    const second = kimi(texts.map(calls));
    const a = await replica(databaseUrl, { ...options, models: first.models }, stateOptions);
    const b = await replica(databaseUrl, { ...options, models: second.models });
    return { databaseUrl, a, b, asked: second.model };
  }
  type Asked = Awaited<ReturnType<typeof two>>['asked'];
  const reasonings = ({ requests }: Asked) =>
    requests.map(({ messages }) =>
      messages.flatMap((message) => (message.role === 'assistant' ? [message.reasoning] : [])),
    );

  test.each([false, true])('is put back by another replica than gave it (stream: %s)', async (stream) => {
    const { a, b, asked } = await two(['I must look.']);
    const ask = { model, messages: [QUESTION], tools };
    if (stream) await client(a.baseURL).chat.completions.stream(ask).finalChatCompletion();
    else await client(a.baseURL).chat.completions.create(ask);
    await client(b.baseURL).chat.completions.create({ model, messages: back(), tools });
    await client(b.baseURL).chat.completions.create({ model, messages: back(), tools });
    expect(reasonings(asked)).toEqual([['I must look.'], ['I must look.']]);
    // The second time it was in memory.
    const figures = await figuresOf(b.gateway);
    expect(figures.get('perigee_state_reads_total{store="reasoning",outcome="found"}')).toBe(1);
  });

  test('is put back by another replica also where the client dropped the text beside the call', async () => {
    const { a, b, asked } = await two(['I must look.']);
    await client(a.baseURL).chat.completions.create({ model, messages: [QUESTION], tools });
    await client(b.baseURL).chat.completions.create({ model, messages: back(''), tools });
    expect(reasonings(asked)).toEqual([['I must look.']]);
  });

  test('is there as soon as the end of the answer is, every time', async () => {
    const { a, b, asked } = await two(['I must look.']);
    for (let n = 0; n < 25; n++) {
      const question = { role: 'user', content: `Look, ${n}!` } as const;
      const stream = await client(a.baseURL).chat.completions.create({
        model,
        messages: [question],
        tools,
        stream: true,
      });
      for await (const { choices } of stream) {
        if (choices[0]?.finish_reason !== 'tool_calls') continue;
        await client(b.baseURL).chat.completions.create({
          model,
          messages: [question, ...back().slice(1)],
          tools,
        });
      }
    }
    expect(reasonings(asked)).toEqual(Array.from({ length: 25 }, () => ['I must look.']));
  });

  test('is never given to another key, nor to a conversation that differs in a letter', async () => {
    const { a, b, asked } = await two(['Secret.'], { keys: [keyOf('one'), keyOf('two')] });
    await client(a.baseURL, 'one').chat.completions.create({ model, messages: [QUESTION], tools });
    const ask = (key: string, messages: OpenAI.ChatCompletionMessageParam[]) =>
      client(b.baseURL, key).chat.completions.create({ model, messages, tools });
    await ask('two', back());
    await ask('one', back('Wel. '));
    await ask('one', back('Well. ', '{"at":"It"}'));
    await ask('one', back());
    expect(reasonings(asked)).toEqual([[undefined], [undefined], [undefined], ['Secret.']]);
  });

  test('is left out everywhere once two replicas gave different ones to what looks the same', async () => {
    const databaseUrl = await postgres.freshUrl();
    const [one, other] = [kimi([calls('One.')]), kimi([calls('Other.')])];
    const a = await replica(databaseUrl, { models: one.models });
    const b = await replica(databaseUrl, { models: other.models });
    await client(a.baseURL).chat.completions.create({ model, messages: [QUESTION], tools });
    await client(b.baseURL).chat.completions.create({ model, messages: [QUESTION], tools });
    await client(b.baseURL).chat.completions.create({ model, messages: back(), tools });
    expect(reasonings(other.model)[1]).toEqual([undefined]);
    const c = await replica(databaseUrl, { models: one.models });
    const answer = await post(`${c.baseURL}/chat/completions`, { model, messages: back(), tools });
    expect(answer.headers.get('x-perigee-conform')).toContain('reasoning:unclear');
    expect(reasonings(one.model)[1]).toEqual([undefined]);
  });

  test('is not written where the client carries it, sealed', async () => {
    const { databaseUrl, a, b, asked } = await two(['Sealed.']);
    const anthropic = (url: string) => new Anthropic({ baseURL: url, apiKey: 'any', maxRetries: 0 });
    const ask = {
      model,
      max_tokens: 1000,
      tools: [{ name: 'look', input_schema: { type: 'object' as const } }],
    };
    const question = { role: 'user' as const, content: 'Look!' };
    const answer = await anthropic(a.url).messages.create({ ...ask, messages: [question] });
    const used = answer.content.find((block) => block.type === 'tool_use')!;
    await anthropic(b.url).messages.create({
      ...ask,
      messages: [
        question,
        { role: 'assistant', content: answer.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: used.id, content: 'a stone' }] },
      ],
    });
    expect(reasonings(asked)).toEqual([['Sealed.']]);
    expect(await postgres.sql(databaseUrl, 'SELECT count(*) FROM perigee.gateway_reasoning')).toBe('0');
  });

  test('is missing, and said to be, while the database is away, and found again after', async () => {
    const { a, b, asked } = await two(['I must look.']);
    await client(a.baseURL).chat.completions.create({ model, messages: [QUESTION], tools });
    await postgres.stop();
    try {
      const answer = await post(`${b.baseURL}/chat/completions`, { model, messages: back(), tools });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-perigee-conform')).toContain('reasoning:unreachable');
    } finally {
      await postgres.start();
    }
    await client(b.baseURL).chat.completions.create({ model, messages: back(), tools });
    expect(reasonings(asked)).toEqual([[undefined], ['I must look.']]);
  });

  test('expires', async () => {
    const { a, b, asked } = await two(['I must look.'], {}, { reasoningMs: -1000 });
    await client(a.baseURL).chat.completions.create({ model, messages: [QUESTION], tools });
    await client(b.baseURL).chat.completions.create({ model, messages: back(), tools });
    expect(reasonings(asked)).toEqual([[undefined]]);
    // With the text beside its call and without.
    expect(await b.state.sweep()).toBe(2);
  });

  test('is looked for once where there never was any', async () => {
    const { b } = await two(['I must look.']);
    for (let n = 0; n < 3; n++) {
      await client(b.baseURL).chat.completions.create({ model, messages: back(), tools });
    }
    const figures = await figuresOf(b.gateway);
    expect(figures.get('perigee_state_reads_total{store="reasoning",outcome="absent"}')).toBe(1);
  });

  test('stands in the database encrypted, under a name that tells nothing', async () => {
    const { databaseUrl, a } = await two(['I must look.']);
    await client(a.baseURL).chat.completions.create({ model, messages: [QUESTION], tools });
    const dump = await postgres.sql(
      databaseUrl,
      "SELECT key, digest, encode(body, 'escape') FROM perigee.gateway_reasoning",
    );
    expect(dump.length).toBeGreaterThan(100);
    for (const word of ['look', 'must', 'open']) expect(dump).not.toContain(word);
  });
});
