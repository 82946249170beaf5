import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasPostgres, type Postgres, startPostgres } from '../postgres.ts';
import { call, keyOf, kimi, post, USAGE } from './fixtures.ts';
import { figuresOf, replica } from './replicas.ts';

const TOOL: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'look',
  parameters: { type: 'object', properties: { at: { type: 'string' } } },
  strict: false,
};
const CALLS = { text: `<think>I must look.</think>Well. ${call('look', 0, '{"at":"it"}')}`, usage: USAGE };
const model = 'kimi';

const client = (baseURL: string, apiKey = 'any') => new OpenAI({ baseURL, apiKey, maxRetries: 0 });

describe.skipIf(!hasPostgres)('replicas with one database', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  /** Two gateways; the second has a model of its own, which shows what it was asked. */
  async function two(
    texts: Parameters<typeof kimi>[0] = ['First.'],
    options: Partial<Parameters<typeof replica>[1]> = {},
  ) {
    const databaseUrl = await postgres.freshUrl();
    const first = kimi(texts);
    const second = kimi(['Second.']);
    const a = await replica(databaseUrl, { ...options, models: first.models });
    const b = await replica(databaseUrl, { ...options, models: second.models });
    return { databaseUrl, a, b, asked: second.model, A: client(a.baseURL), B: client(b.baseURL) };
  }

  test('what one answered, another counts, compacts, lists and goes on with under the same configuration', async () => {
    const { A, B, asked } = await two();
    const update = { type: 'configuration_update', reasoning: { effort: 'high' } };
    const input = [{ role: 'user', content: 'Look!' }, update] as OpenAI.Responses.ResponseInput;
    const { id } = await A.responses.create({ model, input });
    expect(Object.keys(await B.responses.retrieve(id))).not.toContain('perigee_configuration');
    await expect(B.responses.cancel(id)).rejects.toMatchObject({ status: 400 });
    const listed: unknown[] = [];
    for await (const item of B.responses.inputItems.list(id, { limit: 1 })) listed.push(item);
    expect(listed).toMatchObject([update, { role: 'user' }]);
    const alone = await B.responses.inputTokens.count({ model, input: 'x' });
    const after = await B.responses.inputTokens.count({ model, input: 'x', previous_response_id: id });
    expect(after.input_tokens).toBeGreaterThan(alone.input_tokens);
    const compacted = await B.responses.compact({ model, previous_response_id: id });
    expect(compacted.output).toMatchObject([{ content: [{ text: 'Look!' }] }, { type: 'compaction' }]);
    await B.responses.create({ model, input: 'Go on.', previous_response_id: id });
    expect(asked.requests.map(({ effort }) => effort)).toEqual(['high', 'high']);
  });

  test.each([false, true])('a conversation goes on at another (stream: %s)', async (stream) => {
    const { A, B, asked } = await two([CALLS]);
    const ask = { model, input: 'Look!', tools: [TOOL] };
    const first = stream
      ? await A.responses.stream(ask).finalResponse()
      : await A.responses.create({ ...ask, stream: false });
    const output: OpenAI.Responses.ResponseOutputItem[] = first.output;
    const made = output.find((item) => item.type === 'function_call')!;
    const next = {
      model,
      tools: [TOOL],
      previous_response_id: first.id,
      input: [{ type: 'function_call_output' as const, call_id: made.call_id, output: 'a stone' }],
    };
    const second = stream
      ? await B.responses.stream(next).finalResponse()
      : await B.responses.create({ ...next, stream: false });
    expect(second.output_text).toBe('Second.');
    expect(asked.requests[0]!.messages).toEqual([
      { role: 'user', content: 'Look!' },
      {
        role: 'assistant',
        content: 'Well. ',
        reasoning: 'I must look.',
        toolCalls: [{ id: 'functions.look:0', name: 'look', arguments: '{"at":"it"}' }],
      },
      expect.objectContaining({ role: 'tool', toolCallId: 'functions.look:0', content: 'a stone' }),
    ]);
    // And back again, from what the second added to what the first had.
    const third = await A.responses.create({ model, previous_response_id: second.id, input: 'Go on.' });
    expect(third.previous_response_id).toBe(second.id);
    expect((await B.responses.retrieve(third.id)).id).toBe(third.id);
    const items = await B.responses.inputItems.list(third.id);
    expect(items.data).toMatchObject([{ role: 'user' }]);
  });

  test('a response is there as soon as the client has read its end, every time', async () => {
    const { A, B } = await two();
    let previous: string | undefined;
    for (let n = 0; n < 30; n++) {
      const [one, other] = n % 2 === 0 ? [A, B] : [B, A];
      const stream = await one.responses.create({
        model,
        input: `${n}`,
        stream: true,
        ...(previous !== undefined && { previous_response_id: previous }),
      });
      for await (const event of stream) {
        if (event.type !== 'response.completed') continue;
        expect(await other.responses.retrieve(event.response.id)).toMatchObject({ id: event.response.id });
        previous = event.response.id;
      }
    }
  });

  test('an item is found that another sent', async () => {
    const { A, B, asked } = await two(['Said by A.']);
    const first = await A.responses.create({ model, input: 'Hi' });
    await B.responses.create({
      model,
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'item_reference', id: first.output[0]!.id! },
        { role: 'user', content: 'And?' },
      ],
    });
    expect(asked.requests[0]!.messages[1]).toMatchObject({ role: 'assistant', content: 'Said by A.' });
  });

  test('what one deletes is gone for the other, also from its memory', async () => {
    const { A, B } = await two();
    const first = await A.responses.create({ model, input: 'Hi' });
    const second = await B.responses.create({ model, previous_response_id: first.id, input: 'And?' });
    await A.responses.delete(first.id);
    await A.responses.delete(second.id);
    for (const { id, output } of [first, second]) {
      await expect(B.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
      await expect(B.responses.inputItems.list(id)).rejects.toMatchObject({ status: 404 });
      await expect(B.responses.delete(id)).rejects.toMatchObject({ status: 404 });
      await expect(B.responses.create({ model, previous_response_id: id, input: 'x' })).rejects.toMatchObject(
        { status: 400, code: 'previous_response_not_found' },
      );
      await expect(
        B.responses.create({ model, input: [{ type: 'item_reference', id: output[0]!.id! }] }),
      ).rejects.toMatchObject({ status: 400 });
    }
  });

  test('what was built on a deleted response goes on anywhere', async () => {
    const { A, B, asked } = await two(['One.', 'Two.']);
    const first = await A.responses.create({ model, input: 'a' });
    const second = await A.responses.create({ model, previous_response_id: first.id, input: 'b' });
    await B.responses.delete(first.id);
    await B.responses.create({ model, previous_response_id: second.id, input: 'c' });
    expect(asked.requests[0]!.messages.map(({ content }) => content)).toEqual([
      'a',
      'One.',
      'b',
      'Two.',
      'c',
    ]);
  });

  test('a key finds nothing of another, whatever it asks for', async () => {
    const { a, b } = await two(['Secret.'], { keys: [keyOf('one'), keyOf('two')] });
    const mine = await client(a.baseURL, 'one').responses.create({ model, input: 'Hi' });
    const theirs = client(b.baseURL, 'two');
    await expect(theirs.responses.retrieve(mine.id)).rejects.toMatchObject({ status: 404 });
    await expect(theirs.responses.delete(mine.id)).rejects.toMatchObject({ status: 404 });
    await expect(
      theirs.responses.create({ model, previous_response_id: mine.id, input: 'x' }),
    ).rejects.toMatchObject({ status: 400 });
    await expect(
      theirs.responses.create({ model, input: [{ type: 'item_reference', id: mine.output[0]!.id! }] }),
    ).rejects.toMatchObject({ status: 400 });
    expect(await client(b.baseURL, 'one').responses.retrieve(mine.id)).toMatchObject({ id: mine.id });
  });

  test('ids that nobody ever gave are answered as what they are', async () => {
    const { b } = await two();
    const ids = [
      "'; DROP TABLE perigee.gateway_responses; --",
      'resp_\0',
      '\ud800',
      'x'.repeat(100_000),
      '%',
      '../..',
    ];
    for (const id of ids) {
      const next = await post(`${b.baseURL}/responses`, { model, previous_response_id: id, input: 'x' });
      expect(next.status).toBe(400);
      const refers = { model, input: [{ type: 'item_reference', id }] };
      expect((await post(`${b.baseURL}/responses`, refers)).status).toBe(400);
      const path = encodeURIComponent(id.toWellFormed().slice(0, 1000));
      expect((await fetch(`${b.baseURL}/responses/${path}`)).status).toBe(404);
    }
    const many = Array.from({ length: 50_000 }, (_, n) => ({ type: 'item_reference', id: `msg_x${n}_0` }));
    expect((await post(`${b.baseURL}/responses`, { model, input: many })).status).toBe(400);
    for (const odd of [{ model, input: [null] }, { model, previous_response_id: 7 }, [], 'null']) {
      expect((await post(`${b.baseURL}/responses`, odd)).status).toBe(400);
    }
  });

  test('five megabytes go there and come back', async () => {
    const large = `${'ä\u0000"'.repeat(500_000)}!`;
    const { A, B, asked } = await two([large]);
    const first = await A.responses.create({ model, input: large });
    expect((await B.responses.retrieve(first.id)).output_text).toBe(large);
    await B.responses.create({ model, previous_response_id: first.id, input: 'Go on.' });
    expect(asked.requests[0]!.messages).toMatchObject([{ content: large }, { content: large }, {}]);
  });

  test('the database holds no word of it, and a conversation of many turns once', async () => {
    const { a, databaseUrl, A, B, asked } = await two([{ text: '<think>Hidden.</think>The answer is 42.' }]);
    const question = 'q'.repeat(1000);
    let previous = (await A.responses.create({ model, input: question })).id;
    for (let n = 1; n < 20; n++) {
      previous = (await A.responses.create({ model, previous_response_id: previous, input: question })).id;
    }
    const dump = await postgres.sql(databaseUrl, 'SELECT * FROM perigee.gateway_responses');
    for (const word of ['qqqq', 'answer', previous, 'resp_']) expect(dump).not.toContain(word);
    const encoded = Buffer.from('answer').toString('hex');
    expect(dump).not.toContain(encoded);
    const sizes = 'SELECT sum(octet_length(messages)) FROM perigee.gateway_responses';
    expect(Number(await postgres.sql(databaseUrl, sizes))).toBeLessThan(20 * 1300);
    await B.responses.create({ model, previous_response_id: previous, input: 'last' });
    expect(asked.requests[0]!.messages).toHaveLength(41);
    const figures = await figuresOf(a.gateway);
    expect(figures.get('perigee_state_writes_total{store="responses",outcome="written"}')).toBe(20);
  });

  test('with `store: false` nothing is written, and nothing is looked for', async () => {
    const { databaseUrl, a, A } = await two([CALLS]);
    const made = await A.responses.create({ model, input: 'Look!', tools: [TOOL], store: false });
    await A.responses.create({
      model,
      store: false,
      tools: [TOOL],
      input: [
        { role: 'user', content: 'Look!' },
        ...(made.output as OpenAI.Responses.ResponseInputItem[]),
        {
          type: 'function_call_output',
          call_id: made.output.find((i) => i.type === 'function_call')!.call_id,
          output: 'x',
        },
      ],
    });
    expect(await postgres.sql(databaseUrl, 'SELECT count(*) FROM perigee.gateway_responses')).toBe('0');
    expect(await postgres.sql(databaseUrl, 'SELECT count(*) FROM perigee.gateway_reasoning')).toBe('0');
    const reads = [...(await figuresOf(a.gateway))].filter(([name]) => name.includes('state_reads'));
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.every(([, value]) => value === 0)).toBe(true);
  });

  test('responses expire', async () => {
    const databaseUrl = await postgres.freshUrl();
    const { models } = kimi(['First.']);
    const a = await replica(databaseUrl, { models }, { responsesMs: -1000 });
    const b = await replica(databaseUrl, { models });
    const first = await client(a.baseURL).responses.create({ model, input: 'Hi' });
    for (const { baseURL } of [a, b]) {
      await expect(client(baseURL).responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    }
    expect(await b.state.sweep()).toBe(1);
  });
});
