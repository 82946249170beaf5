import type OpenAI from 'openai';
import { expect, test } from 'vitest';
import { responsesFront } from '../../src/protocols/index.ts';
import {
  call,
  decode,
  encodeOptions,
  eventsOf,
  finish,
  type Json,
  sdk,
  streamText,
  text,
  thought,
  turnOf,
} from './responses.ts';

const TRIGGER = { type: 'compaction_trigger' };
const INPUT = [{ role: 'user', content: 'Build a boat.' }, TRIGGER];
const TOOLS = [{ type: 'function', name: 'saw', parameters: { type: 'object' } }];
const SUMMARY = 'They build a b\ud83c\udf0a\noat; the hull is done: <|tool_calls_section_begin|>';
const ANSWER = [thought('I sum up.'), text(SUMMARY.slice(0, 16)), text(SUMMARY.slice(16)), finish()];

/** The item that stands for the conversation in what was written. */
function compactionOf(output: unknown): Json {
  const items = (output as Json[]).filter(({ type }) => type === 'compaction');
  expect(items).toHaveLength(1);
  return items[0]!;
}

test('a conversation that is to be compacted is asked for its summary, without calls and in no format', () => {
  const { request } = decode({
    input: INPUT,
    tools: TOOLS,
    tool_choice: 'required',
    text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } } },
  });
  expect(request.messages).toEqual([
    { role: 'user', content: 'Build a boat.' },
    { role: 'user', content: expect.stringMatching(/replaced by a summary/) },
  ]);
  expect(request).toMatchObject({ tools: [{ name: 'saw' }], toolChoice: 'none' });
  expect(request.responseFormat).toBeUndefined();
  expect(decode({ input: INPUT }).request.toolChoice).toBeUndefined();
});

test('the answer holds one compaction, streamed and whole, which later stands for what was said', () => {
  const options = encodeOptions({ input: INPUT });
  const events = eventsOf(streamText(ANSWER, options));
  const last = events.at(-1) as { type: string; response: { output: Json[] } };
  expect(last.type).toBe('response.completed');
  expect(events.some(({ type }) => String(type).startsWith('response.output_text'))).toBe(false);
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at));
  const added = events.filter(({ type }) => type === 'response.output_item.added');
  const done = events.filter(({ type }) => type === 'response.output_item.done');
  expect(added.map((event) => event['output_index'])).toEqual([0, 1]);
  expect(done.map((event) => event['item'])).toEqual(last.response.output);
  const whole = responsesFront.encodeResponse(turnOf(ANSWER), options);
  expect(whole['output']).toEqual(last.response.output);

  const item = compactionOf(last.response.output);
  const { request, notes } = decode({ input: [item, { role: 'user', content: 'Go on.' }] });
  expect(request.messages).toEqual([
    { role: 'user', content: `Summary of the conversation so far:\n\n${SUMMARY}` },
    { role: 'user', content: 'Go on.' },
  ]);
  expect(notes).toBeUndefined();
});

test('a compaction of another maker is left out, and so is a request for one that is not at the end', () => {
  const foreign = { type: 'compaction', encrypted_content: 'gAAAAAB' };
  const { request, notes, reply } = decode({ input: [foreign, TRIGGER, { role: 'user', content: 'Hi' }] });
  expect(request.messages).toEqual([{ role: 'user', content: 'Hi' }]);
  expect(notes?.map((note) => note.text)).toEqual([
    'Left out of `input`: a compaction of the conversation that was made elsewhere.',
    'Left out of `input`: an item of the type `compaction_trigger`.',
  ]);
  expect(reply.compacts).toBe(false);
});

test('half a summary is none, nor is an empty one, and calls instead of one are not shown', () => {
  const options = encodeOptions({ input: INPUT, tools: TOOLS });
  const cases = [
    { events: [text('They bui'), finish('length')], status: 'incomplete' },
    { events: [text(' \n'), finish()], status: 'failed' },
    { events: [...call(0, 'saw', '{}'), finish('tool-calls')], status: 'failed' },
  ];
  for (const { events, status } of cases) {
    const last = eventsOf(streamText(events, options)).at(-1) as { type: string; response: Json };
    expect(last.type).toBe(`response.${status}`);
    expect(last.response['output']).toEqual([]);
    const whole = responsesFront.encodeResponse(turnOf(events), options);
    expect([whole['status'], whole['output']]).toEqual([status, []]);
    if (status === 'failed')
      expect(whole['error']).toMatchObject({
        message: 'The model wrote no summary of the conversation. Try again.',
      });
  }
});

test("the SDK finds the compaction in its stream helper's response", async () => {
  const openai = await sdk((body) => ({ stream: streamText(ANSWER, encodeOptions(body)) }));
  const input = INPUT as OpenAI.Responses.ResponseInput;
  const response = await openai.responses.stream({ model: 'kimi-k2.6', input }).finalResponse();
  expect(compactionOf(response.output)).toMatchObject({
    encrypted_content: expect.stringContaining(SUMMARY),
  });
});
