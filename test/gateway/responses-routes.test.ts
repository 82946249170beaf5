import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { createGateway } from '../../src/gateway/index.ts';
import { call, errorOf, keyOf, kimi, running } from './fixtures.ts';
import { CONVERSATION, client, type Input } from './responses-client.ts';

const model = 'kimi';

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

test('law: whatever type stands where, it is answered or refused with the place, and never fails', async () => {
  const { models } = kimi(['Hi']);
  const gateway = createGateway({ models });
  const base: unknown = {
    model,
    instructions: 'x',
    metadata: { a: 'b' },
    include: ['reasoning.encrypted_content'],
    reasoning: { effort: 'low' },
    text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } } },
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'look' }] },
    tools: [{ type: 'function', name: 'look', parameters: { type: 'object' } }],
    input: [...CONVERSATION, { type: 'configuration_update', text: { format: { type: 'text' } } }],
  };
  const values = [null, true, -1, 'x', [], [null], [[]], {}, { type: 'x' }, { type: 5 }];
  for (const path of ['', '/compact', '/input_tokens']) {
    for (const place of placesIn(base)) {
      for (const value of values) {
        const reply = await gateway.fetch(`http://gateway/v1/responses${path}`, {
          method: 'POST',
          body: JSON.stringify(replaced(base, place, value)),
        });
        const where = `${path} ${place.join('.')} = ${JSON.stringify(value)}`;
        expect([200, 400, 404], where).toContain(reply.status);
        if (reply.status !== 200) {
          expect(await errorOf(reply), where).toMatchObject({
            type: 'invalid_request_error',
            param: expect.any(String),
          });
        }
      }
    }
  }
});

/** The paths to all values within one, its own first. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  const inner = Object.entries(value).flatMap(([key, member]) =>
    placesIn(member).map((place) => [key, ...place]),
  );
  return [[], ...inner];
}

/** A copy with another value at a place. */
function replaced(whole: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = structuredClone(whole) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}
