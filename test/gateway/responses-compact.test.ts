import type OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { StreamEvent } from '../../src/core/index.ts';
import { directory, errorOf, generating, post, running, USAGE } from './fixtures.ts';
import { CONVERSATION, client, IMAGE, type Input } from './responses-client.ts';

const model = 'kimi';

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
