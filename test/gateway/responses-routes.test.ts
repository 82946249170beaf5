import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { StreamEvent } from '../../src/core/index.ts';
import { call, directory, errorOf, generating, keyOf, kimi, post, running, USAGE } from './fixtures.ts';

const model = 'kimi';
type Input = OpenAI.Responses.ResponseInputItem[];

async function client(texts: Parameters<typeof kimi>[0] = ['Hi']) {
  const { model: asked, models } = kimi(texts);
  const { baseURL, logged } = await running({ models });
  return { asked, baseURL, logged, openai: new OpenAI({ baseURL, apiKey: 'any', maxRetries: 0 }) };
}

/** The ids of all items, as the SDK goes from page to page. */
async function listed(openai: OpenAI, id: string, query: OpenAI.Responses.InputItemListParams) {
  const ids: string[] = [];
  for await (const item of openai.responses.inputItems.list(id, query)) {
    ids.push(item.id!);
    // Else a page that leads to itself would be asked for until the test is given up.
    if (ids.length > 100) break;
  }
  return ids;
}

const IMAGE = { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'auto' } as const;
const CONVERSATION: Input = [
  { role: 'developer', content: 'Be brief.' },
  { role: 'user', content: 'Look at it.' },
  { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{"at":"it"}' },
  { type: 'function_call_output', call_id: 'c1', output: 'a stone' },
  { role: 'assistant', content: 'A stone.' },
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And this?' }, IMAGE] },
];

test('a compaction is what the user said and a summary of the rest, with which the conversation goes on', async () => {
  const { openai, asked, logged } = await client([
    { text: '<think>Let me see.</think>A stone was seen.', usage: USAGE },
    'Go where?',
  ]);
  const compacted = await openai.responses.compact({ model, input: CONVERSATION, instructions: 'Rules.' });
  expect(compacted).toMatchObject({
    id: expect.stringMatching(/^resp_/),
    object: 'response.compaction',
    created_at: expect.any(Number),
    usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
  });
  expect(compacted.output).toMatchObject([
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Look at it.' }] },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'And this?' }, IMAGE] },
    { type: 'compaction', encrypted_content: expect.stringContaining('A stone was seen.') },
  ]);
  expect(new Set(compacted.output.map(({ id }) => id)).size).toBe(3);
  const told = asked.requests[0]!.messages;
  expect(told[0]).toEqual({ role: 'system', content: 'Rules.' });
  expect(told.at(-1)).toMatchObject({ content: expect.stringContaining('summary that you write now') });
  expect((await logged(1))[0]).toMatchObject({ path: '/v1/responses/compact', status: 200, usage: USAGE });

  const input = [...compacted.output, { role: 'user', content: 'Go on.' }] as Input;
  await openai.responses.create({ model, input });
  expect(asked.requests[1]!.messages.map(({ role, content }) => [role, content])).toEqual([
    ['user', 'Look at it.'],
    [
      'user',
      [
        { type: 'text', text: 'And this?' },
        { type: 'image', url: IMAGE.image_url },
      ],
    ],
    ['user', 'Summary of the conversation so far:\n\nA stone was seen.'],
    ['user', 'Go on.'],
  ]);
});

test('a stored conversation is compacted by its id, also when it was before, and nothing of it is stored', async () => {
  const { openai, asked } = await client(['A stone.', 'They saw a stone.', 'Yes.', 'All of it.']);
  const first = await openai.responses.create({ model, input: 'What is it?' });
  const once = await openai.responses.compact({ model, previous_response_id: first.id });
  expect(once.output).toMatchObject([{ content: [{ text: 'What is it?' }] }, { type: 'compaction' }]);
  await expect(openai.responses.retrieve(once.id)).rejects.toMatchObject({ status: 404 });
  const on = [...once.output, { role: 'user', content: 'Sure?' }] as Input;
  const second = await openai.responses.create({ model, input: on });
  const twice = await openai.responses.compact({ model, previous_response_id: second.id });
  expect(twice.output).toMatchObject([
    { content: [{ text: 'What is it?' }] },
    { content: [{ text: 'Sure?' }] },
    { type: 'compaction', encrypted_content: expect.stringContaining('All of it.') },
  ]);
  expect(asked.requests[3]!.messages.at(1)).toMatchObject({
    content: expect.stringContaining('They saw a stone.'),
  });
});

test('tools stand in a compaction as before and are not called, not even those that nobody here could run', async () => {
  const { openai, asked } = await client(['A summary.']);
  const function_ = { type: 'function', name: 'look', parameters: { type: 'object' } };
  const body = { model, input: 'x', tool_choice: 'required', stream: false };
  for (const tools of [[function_], [{ type: 'web_search' }]]) {
    const compacted = await openai.responses.compact({
      ...body,
      tools,
    } as OpenAI.Responses.ResponseCompactParams);
    expect(compacted.output).toHaveLength(2);
  }
  expect(asked.requests[0]).toMatchObject({ tools: [{ name: 'look' }], toolChoice: 'none' });
  expect(asked.requests[1]!.tools).toBeUndefined();
});

test('what gives no summary is an error: the object has no place to say so', async () => {
  const ending = (...events: StreamEvent[]) =>
    directory({
      name: model,
      model: generating(async function* () {
        yield events;
      }),
    });
  const text = { type: 'text-delta', delta: 'They bui' } as const;
  const cases = [
    { events: [text, finish('length')], status: 400, code: 'context_length_exceeded' },
    { events: [text, finish('content-filter')], status: 400, code: 'invalid_prompt' },
    { events: [finish('stop')], status: 502, code: 'server_error' },
  ];
  for (const { events, status, code } of cases) {
    const { baseURL } = await running({ models: ending(...events) });
    const reply = await post(`${baseURL}/responses/compact`, { model, input: 'x' });
    expect(reply.status).toBe(status);
    expect(await errorOf(reply)).toMatchObject({ code, message: expect.stringContaining('summary') });
  }
});

const finish = (reason: 'stop' | 'length' | 'content-filter') =>
  ({ type: 'finish', reason, usage: USAGE }) as const;

test('a compaction without anything to compact, of what is not stored, or streamed, is refused with the field', async () => {
  const { openai, baseURL } = await client();
  const refused = async (fields: object) => {
    const reply = await post(`${baseURL}/responses/compact`, { model, ...fields });
    return [reply.status, (await errorOf(reply))['param']];
  };
  expect(await refused({})).toEqual([400, 'input']);
  expect(await refused({ input: [] })).toEqual([400, 'input']);
  expect(await refused({ input: [{ type: 'compaction_trigger' }] })).toEqual([400, 'input']);
  expect(await refused({ input: 5 })).toEqual([400, 'input']);
  expect(await refused({ input: [5] })).toEqual([400, 'input[0]']);
  expect(await refused({ input: 'x', stream: true })).toEqual([400, 'stream']);
  expect(await refused({ previous_response_id: 'resp_1' })).toEqual([400, 'previous_response_id']);
  await expect(openai.responses.compact({ model: null, input: 'x' })).rejects.toMatchObject({
    status: 400,
    param: 'model',
  });
  expect((await post(`${baseURL}/responses/compact`, '[]')).status).toBe(400);
});

test('the SDK pages through the items of a request, each once, in either order and at any size', async () => {
  const { openai } = await client();
  const twin = { id: 'msg_own', type: 'message', role: 'user', content: 'twice' } as const;
  const input = [...CONVERSATION, twin, twin, { ...twin, id: '' }] as Input;
  const { id } = await openai.responses.create({ model, input });
  const all = await listed(openai, id, { order: 'asc', limit: 100 });
  expect(new Set(all).size).toBe(input.length);
  expect(all[6]).toBe('msg_own');
  for (const limit of [1, 2, 4, input.length]) {
    expect(await listed(openai, id, { order: 'asc', limit })).toEqual(all);
    expect(await listed(openai, id, { order: 'desc', limit })).toEqual(all.toReversed());
  }
  const latest = await openai.responses.inputItems.list(id, { limit: 2 });
  expect(latest.data.map((item) => item.id)).toEqual(all.slice(-2).toReversed());
  expect(latest).toMatchObject({ has_more: true });
  const rest = await openai.responses.inputItems.list(id, { order: 'asc', after: all[7]! });
  expect(rest).toMatchObject({ has_more: false, data: [{ id: all[8] }] });
});

test('listed items have their long form, and more than 20 of them several pages', async () => {
  const { openai } = await client();
  const { id } = await openai.responses.create({ model, input: CONVERSATION });
  const { data } = await openai.responses.inputItems.list(id, { order: 'asc' });
  expect(data.slice(0, 2)).toMatchObject([
    {
      type: 'message',
      role: 'developer',
      status: 'completed',
      content: [{ type: 'input_text', text: 'Be brief.' }],
    },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Look at it.' }] },
  ]);
  expect(data[4]).toMatchObject({ role: 'assistant', content: [{ type: 'output_text', text: 'A stone.' }] });
  const many = Array.from({ length: 45 }, (_, n) => ({ role: 'user', content: `${n}` }) as const);
  const long = await openai.responses.create({ model, input: many });
  expect((await openai.responses.inputItems.list(long.id)).data).toHaveLength(20);
  expect(await listed(openai, long.id, {})).toHaveLength(45);
});

test('items that were listed are taken back as the same conversation', async () => {
  const { openai, asked } = await client();
  const { id } = await openai.responses.create({ model, input: CONVERSATION });
  const { data } = await openai.responses.inputItems.list(id, { order: 'asc' });
  await openai.responses.create({ model, input: data as Input });
  expect(asked.requests[1]!.messages).toEqual(asked.requests[0]!.messages);
});

test('a page that cannot be is refused with the name of the parameter', async () => {
  const { openai } = await client();
  const { id } = await openai.responses.create({ model, input: 'x' });
  for (const [param, value] of [
    ['limit', 0],
    ['limit', 101],
    ['limit', 'many'],
    ['order', 'up'],
    ['after', 'msg_none'],
  ] as const) {
    const query = { [param]: value } as unknown as OpenAI.Responses.InputItemListParams;
    await expect(openai.responses.inputItems.list(id, query), param).rejects.toMatchObject({
      status: 400,
      param,
    });
  }
});

test('input is counted with what was stored before it, with and without a model', async () => {
  const { openai } = await client(['A stone.']);
  const { id } = await openai.responses.create({ model, input: 'x'.repeat(4000) });
  const count = (body: OpenAI.Responses.InputTokenCountParams) => openai.responses.inputTokens.count(body);
  const alone = await count({ model, input: 'y' });
  expect(alone).toMatchObject({ object: 'response.input_tokens', input_tokens: expect.any(Number) });
  expect(await count({ input: 'y' })).toMatchObject({ input_tokens: alone.input_tokens });
  const after = await count({ input: 'y', previous_response_id: id });
  expect(after.input_tokens).toBeGreaterThan(alone.input_tokens + 500);
  const more = await count({ input: 'y', instructions: 'x'.repeat(4000) });
  expect(more.input_tokens).toBeGreaterThan(alone.input_tokens + 500);
  await expect(count({ model: 'gpt-9', input: 'y' })).rejects.toMatchObject({ status: 404, param: 'model' });
  await expect(count({})).rejects.toMatchObject({ status: 400, param: 'input' });
});

test('a key may count and compact with its models alone, within its limits, and what is its own', async () => {
  const { models } = kimi(['Hi']);
  const keys = [keyOf('one', { requestsPerMinute: 3 }), keyOf('two', { models: [] })];
  const { baseURL } = await running({ models, keys });
  const of = (apiKey: string) => new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const { id } = await of('one').responses.create({ model, input: 'mine' });
  await of('one').responses.inputTokens.count({ model, input: 'x' });
  await of('one').responses.compact({ model, previous_response_id: id });
  await expect(of('one').responses.inputTokens.count({ input: 'x' })).rejects.toMatchObject({ status: 429 });
  await expect(of('two').responses.compact({ model, input: 'x' })).rejects.toMatchObject({ status: 403 });
  const count = of('two').responses.inputTokens.count({ input: 'x', previous_response_id: id });
  await expect(count).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
  await expect(of('two').responses.cancel(id)).rejects.toMatchObject({ status: 404 });
  await expect(of('none').responses.inputTokens.count({ input: 'x' })).rejects.toMatchObject({ status: 401 });
});

test('what is done cannot be cancelled, and of conversations the client learns what to use instead', async () => {
  const { openai } = await client();
  const { id } = await openai.responses.create({ model, input: 'x' });
  await expect(openai.responses.cancel(id)).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('has ended'),
  });
  await expect(openai.responses.cancel('resp_none')).rejects.toMatchObject({ status: 404 });
  const { conversations } = openai;
  for (const asking of [
    () => conversations.create({}),
    () => conversations.retrieve('conv_1'),
    () => conversations.update('conv_1', { metadata: {} }),
    () => conversations.delete('conv_1'),
    () => conversations.items.list('conv_1'),
    () => conversations.items.create('conv_1', { items: [] }),
    () => openai.responses.create({ model, input: 'x', conversation: 'conv_1' }),
  ]) {
    await expect(asking()).rejects.toMatchObject({
      status: expect.toSatisfy((status) => status === 404 || status === 400),
      message: expect.stringMatching(/Conversations are not kept here.*`previous_response_id`/),
    });
  }
});

test('a configuration update holds for all answers after it, also where only the response is named', async () => {
  const { openai, asked } = await client([call('look', 0, '{}'), 'x']);
  const update = { type: 'configuration_update', reasoning: { effort: 'high' } };
  const input = [{ role: 'user', content: 'x' }, update] as Input;
  const first = await openai.responses.create({ model, input, reasoning: { effort: 'low' } });
  const second = await openai.responses.create({ model, input: 'y', previous_response_id: first.id });
  const reset = [
    { type: 'configuration_update', reasoning: { effort: null } },
    ...input.slice(0, 1),
  ] as Input;
  await openai.responses.create({ model, input: reset, previous_response_id: second.id });
  await openai.responses.create({ model, input: 'z' });
  expect(asked.requests.map(({ effort }) => effort)).toEqual(['high', 'high', undefined, undefined]);
  const shown: object = await openai.responses.retrieve(second.id);
  expect(Object.keys(shown).filter((field) => field.includes('configuration'))).toEqual([]);
});

test('what goes on from a compaction in the stream begins with its summary, and without one as if none was asked for', async () => {
  const { openai, asked } = await client(['A stone.', 'They saw a stone.', 'Yes.', ' ', 'No.']);
  const first = await openai.responses.create({ model, input: 'What is it?' });
  const trigger = [{ type: 'compaction_trigger' }] as Input;
  const on = (id: string, input: string | Input) =>
    openai.responses.create({ model, input, previous_response_id: id });
  const compacted = await on(first.id, trigger);
  expect(compacted.output).toMatchObject([{ type: 'compaction' }]);
  await on(compacted.id, 'Sure?');
  const failed = await on(first.id, trigger);
  expect(failed).toMatchObject({ status: 'failed', output: [] });
  await on(failed.id, 'Sure?');
  const contents = asked.requests.map(({ messages }) => messages.map(({ content }) => content));
  expect(contents[2]).toEqual(['Summary of the conversation so far:\n\nThey saw a stone.', 'Sure?']);
  expect(contents[4]).toEqual(['What is it?', 'A stone.', 'Sure?']);
});
