import { expect, test } from 'vitest';
import { SUITE } from '../../src/verify/index.ts';
import { type Faults, labelledHost } from './labelled-host.ts';
import { below100, codesOf, reportOn } from './measuring.ts';

// biome-ignore lint/suspicious/noExplicitAny: what is on the wire is taken apart freely here
type Wire = Record<string, any>;

/** Changes each choice of each event of a stream. */
function eachChoice(change: (choice: Wire, event: Wire) => Wire): Faults {
  return {
    events: (events) =>
      events.map((event) =>
        typeof event === 'string'
          ? event
          : {
              ...(event as Wire),
              choices: (event as Wire)['choices'].map((choice: Wire) => change(choice, event as Wire)),
            },
      ),
  };
}

/** Changes each delta of each event of a stream. */
function eachDelta(change: (delta: Wire) => Wire): Faults {
  return eachChoice((choice) => ({ ...choice, delta: change(choice['delta']) }));
}

function eachCall(change: (call: Wire) => Wire): Faults {
  return eachDelta((delta) =>
    delta['tool_calls'] ? { ...delta, tool_calls: delta['tool_calls'].map(change) } : delta,
  );
}

const HARMLESS: readonly (readonly [what: string, faults: Faults])[] = [
  [
    'null where there is nothing',
    eachDelta((delta) => ({
      role: 'assistant',
      content: null,
      reasoning_content: null,
      tool_calls: null,
      refusal: null,
      function_call: null,
      ...delta,
    })),
  ],
  [
    'empty texts where there is nothing',
    eachDelta((delta) => ({ content: '', reasoning_content: '', tool_calls: [], ...delta })),
  ],
  [
    'reasoning under its other name',
    eachDelta(({ reasoning_content: reasoning, ...rest }) =>
      reasoning ? { ...rest, reasoning, reasoning_content: null } : rest,
    ),
  ],
  [
    'reasoning under both names',
    eachDelta((delta) =>
      delta['reasoning_content']
        ? {
            ...delta,
            reasoning: delta['reasoning_content'],
            reasoning_details: [{ type: 'reasoning.text', text: delta['reasoning_content'] }],
          }
        : delta,
    ),
  ],
  [
    'the last event without a delta',
    eachChoice((choice) =>
      choice['finish_reason'] ? { index: 0, finish_reason: choice['finish_reason'] } : choice,
    ),
  ],
  [
    'an empty finish reason until the last',
    eachChoice((choice) => ({ ...choice, finish_reason: choice['finish_reason'] ?? '' })),
  ],
  [
    'usage in an event of its own',
    {
      events: (events) => [
        ...events.slice(0, -1).map((event) => {
          const { usage: _, ...rest } = event as Wire;
          return { ...rest, usage: null };
        }),
        {
          id: 'x',
          object: 'chat.completion.chunk',
          choices: [],
          usage: { prompt_tokens: 1, completion_tokens: 20 },
        },
        '[DONE]',
      ],
    },
  ],
  [
    'usage in an event with an empty choice',
    {
      events: (events) => [
        ...events.slice(0, -1),
        {
          id: 'x',
          object: 'chat.completion.chunk',
          choices: [{ index: 0, delta: {}, finish_reason: '' }],
          usage: { prompt_tokens: 1, completion_tokens: 20 },
        },
        '[DONE]',
      ],
    },
  ],
  [
    'running usage in each event',
    {
      events: (events) =>
        events.map((event) =>
          typeof event === 'string'
            ? event
            : { ...(event as Wire), usage: { prompt_tokens: 1, completion_tokens: 20 } },
        ),
    },
  ],
  ['calls without their type', eachCall(({ type: _, ...call }) => call)],
  [
    'arguments null in the head',
    eachCall((call) => (call['id'] ? { ...call, function: { ...call['function'], arguments: null } } : call)),
  ],
  [
    'no arguments in the head',
    eachCall((call) => (call['id'] ? { ...call, function: { name: call['function']['name'] } } : call)),
  ],
  [
    'empty ids and names in later pieces',
    eachCall((call) =>
      call['id']
        ? call
        : { id: '', type: 'function', index: call['index'], function: { name: '', ...call['function'] } },
    ),
  ],
  [
    'null ids and names in later pieces',
    eachCall((call) =>
      call['id']
        ? call
        : { id: null, type: null, index: call['index'], function: { name: null, ...call['function'] } },
    ),
  ],
  [
    'a head of two, id and name apart',
    {
      events: (events) =>
        events.flatMap((event) => {
          const call =
            typeof event === 'string' ? undefined : (event as Wire)['choices'][0].delta.tool_calls?.[0];
          if (!call?.id) return [event];
          const put = (part: Wire) => ({
            ...(event as Wire),
            choices: [
              { index: 0, delta: { tool_calls: [{ index: call.index, ...part }] }, finish_reason: null },
            ],
          });
          return [put({ id: call.id, type: 'function' }), put({ function: { name: call.function.name } })];
        }),
    },
  ],
  [
    'stop after a call that was forced by name',
    {
      spoil: (answer, { asked, step }) =>
        step === 0 && typeof asked.toolChoice === 'object' ? { ...answer, finishReason: 'stop' } : answer,
    },
  ],
  [
    'a line feed around words',
    {
      spoil: (answer) =>
        answer.calls.length > 0
          ? { ...answer, content: '\n\n' }
          : { ...answer, content: `\n${answer.content}\n` },
    },
  ],
  [
    'words before calls',
    {
      spoil: (answer) =>
        answer.calls.length > 0 ? { ...answer, content: 'Let me look that up with get_weather.' } : answer,
    },
  ],
  ['calls in another order', { spoil: (answer) => ({ ...answer, calls: [...answer.calls].reverse() }) }],
  [
    'spaces in arguments',
    {
      spoil: (answer) => ({
        ...answer,
        calls: answer.calls.map((call) => ({
          ...call,
          arguments: ` ${JSON.stringify(JSON.parse(call.arguments), null, 2)}\n`,
        })),
      }),
    },
  ],
  [
    'escaped letters in arguments',
    {
      spoil: (answer) => ({
        ...answer,
        calls: answer.calls.map((call) => ({
          ...call,
          arguments: call.arguments.replaceAll(
            /[^\x00-\x7f]/g,
            (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
          ),
        })),
      }),
    },
  ],
  [
    'numbers with a fraction of nothing',
    {
      spoil: (answer) => ({
        ...answer,
        calls: answer.calls.map((call) => ({
          ...call,
          arguments: call.arguments.replaceAll(/:(\d+)([,}])/g, ':$1.0$2'),
        })),
      }),
    },
  ],
  [
    'optional fields as null left out, unit given',
    {
      spoil: (answer) => ({
        ...answer,
        calls: answer.calls.map((call) =>
          call.name === 'get_weather'
            ? {
                ...call,
                arguments: call.arguments.replace(
                  /\}$/,
                  call.arguments.includes('unit') ? '}' : ',"unit":"celsius"}',
                ),
              }
            : call,
        ),
      }),
    },
  ],
  [
    'null in whole answers',
    {
      whole: (message) => ({
        refusal: null,
        reasoning_content: null,
        tool_calls: null,
        ...message,
        content: message['content'] || null,
      }),
    },
  ],
  [
    'nothing in whole answers',
    { whole: ({ content, ...message }) => ({ ...message, ...(content !== '' && { content }) }) },
  ],
  [
    'reasoning under its other name in whole answers',
    { whole: ({ reasoning_content: reasoning, ...message }) => ({ ...message, reasoning }) },
  ],
  ['an empty list of calls in whole answers', { whole: (message) => ({ tool_calls: [], ...message }) }],
  ['lines that end as on Windows', { written: (text) => text.replaceAll('\n', '\r\n') }],
  ['comments between events', { written: (text) => `: OPENROUTER PROCESSING\n\n${text}` }],
  [
    'no space behind data, and other fields',
    { written: (text) => text.replace(/^data: /gm, 'event: message\nid: 7\ndata:') },
  ],
];

test.each(HARMLESS)('%s', async (_, faults) => {
  const { baseUrl } = await labelledHost(faults);
  const report = await reportOn(baseUrl, { cases: SUITE });
  expect([codesOf(report), below100(report), report.findings.map((f) => f.example)]).toEqual([[], {}, []]);
});
