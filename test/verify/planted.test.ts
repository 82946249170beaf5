import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { FINDINGS, type FindingCode, SUITE, type VerifyCase } from '../../src/verify/index.ts';
import { answerJson } from '../upstream/server.ts';
import { type Faults, incrementally, inOneLump, labelledHost } from './labelled-host.ts';
import { below100, codesOf, reportOn } from './measuring.ts';

const MARKERS = ['<|tool_calls_section_begin|>', '<|tool_call_begin|>', '<|tool_call_argument_begin|>'];

function raw(calls: readonly { id: string; arguments: string }[]): string {
  const [section, begin, input] = MARKERS as [string, string, string];
  return `${section}${calls.map((call) => `${begin}${call.id}${input}${call.arguments}<|tool_call_end|>`).join('')}<|tool_calls_section_end|>`;
}

/** Refuses with 400 in Moonshot's words. */
function refusing(wanted: (choice: unknown) => boolean, word: string): Faults['instead'] {
  return (response, body) => {
    if (!wanted(body.tool_choice)) return false;
    const message = `tool_choice '${word}' is incompatible with thinking enabled`;
    answerJson(response, 400, { error: { message, type: 'invalid_request_error' } });
    return true;
  };
}

/** Each fault alone, the finding that must name it, and a measure that it must bring below 100 if there is one. */
const PLANTED: readonly (readonly [name: FindingCode, faults: Faults, measure?: string])[] = [
  [
    'leaked-into-content',
    {
      spoil: (answer) =>
        answer.calls.length === 0
          ? answer
          : { ...answer, content: raw(answer.calls), calls: [], finishReason: 'stop' },
    },
    'clean',
  ],
  [
    'leaked-into-reasoning',
    {
      spoil: (answer) =>
        answer.calls.length === 0
          ? answer
          : { ...answer, reasoning: `I call.${raw(answer.calls)}`, calls: [], finishReason: 'stop' },
    },
    'clean',
  ],
  [
    'reasoning-in-content',
    {
      spoil: (answer) => ({
        ...answer,
        reasoning: '',
        content: `<think>${answer.reasoning}</think>${answer.content}`,
      }),
    },
    'clean',
  ],
  [
    'markers-in-arguments',
    {
      spoil: (answer) =>
        withCalls(answer, (call) => ({ ...call, arguments: `${call.arguments}<|tool_call_end|>` })),
    },
    'clean',
  ],
  [
    'broken-characters',
    {
      spoil: (answer) =>
        withCalls(answer, (call) => ({
          ...call,
          arguments: call.arguments.replaceAll(/[^\x00-\x7f]/g, '\ufffd'),
        })),
    },
    'whole',
  ],
  [
    'cut-call',
    {
      spoil: (answer) =>
        answer.calls.length === 0
          ? answer
          : {
              ...withCalls(answer, (call) => ({ ...call, arguments: call.arguments.slice(0, -1) })),
              finishReason: 'length',
            },
    },
    'whole',
  ],
  [
    'cut-answer',
    { spoil: (answer) => ({ ...answer, calls: [], content: 'I wa', finishReason: 'length' }) },
    'whole',
  ],
  [
    'undeclared-tool',
    { spoil: (answer) => withCalls(answer, (call) => ({ ...call, name: `legacy_${call.name}` })) },
    'schema',
  ],
  [
    'invalid-arguments',
    {
      spoil: (answer) =>
        withCalls(answer, (call) => ({
          ...call,
          arguments: call.arguments.replaceAll('"', "'").replace('{}', '{,}'),
        })),
    },
    'schema',
  ],
  [
    'empty-arguments',
    {
      spoil: (answer) =>
        withCalls(answer, (call) => ({ ...call, arguments: call.arguments === '{}' ? '' : call.arguments })),
    },
    'schema',
  ],
  [
    'schema-violation',
    { spoil: (answer) => withCalls(answer, (call) => ({ ...call, arguments: '{"surprise":1}' })) },
    'schema',
  ],
  ['missing-id', { spoil: (answer) => withCalls(answer, (call) => ({ ...call, id: '' })) }, 'ids'],
  [
    'duplicate-id',
    { spoil: (answer) => withCalls(answer, (call) => ({ ...call, id: `functions.${call.name}:0` })) },
    'ids',
  ],
  [
    'foreign-ids',
    { spoil: (answer) => withCalls(answer, (call) => ({ ...call, id: call.id.replace(/.*:/, 'call_Zx9') })) },
  ],
  ['odd-indexes', { callDeltas: (call, index) => incrementally(call, index + 3) }, 'ids'],
  ['lying-finish-reason', { spoil: (answer) => ({ ...answer, finishReason: 'stop' }) }, 'finish'],
  ['refused-required', { instead: refusing((choice) => choice === 'required', 'required') }, 'choice'],
  ['refused-named', { instead: refusing((choice) => typeof choice === 'object', 'specified') }, 'choice'],
  ['refused-none', { instead: refusing((choice) => choice === 'none', 'none') }, 'choice'],
  [
    'refused-request',
    {
      instead(response, { messages }) {
        const at = messages.findIndex(
          (message) => message.tool_calls && message.reasoning_content === undefined,
        );
        if (at < 0) return false;
        const message = `thinking is enabled but reasoning_content is missing in assistant tool call message at index ${at}`;
        answerJson(response, 400, { error: { message, type: 'invalid_request_error' } });
        return true;
      },
    },
    'answered',
  ],
  [
    'ignored-required',
    {
      spoil: (answer, { asked, step }) =>
        asked.toolChoice === 'required' && step === 0 ? inWords(answer) : answer,
    },
    'choice',
  ],
  [
    'ignored-named',
    { spoil: (answer, { asked }) => (typeof asked.toolChoice === 'object' ? inWords(answer) : answer) },
    'choice',
  ],
  [
    'ignored-none',
    { spoil: (answer, { asked }) => (asked.toolChoice === 'none' ? calling(answer, asked) : answer) },
    'choice',
  ],
  ['missed-call', { spoil: inWords }, 'recall'],
  [
    'needless-call',
    {
      spoil: (answer, { asked }) =>
        answer.calls.length > 0 || asked.tools.length === 0 ? answer : calling(answer, asked),
    },
    'precision',
  ],
  [
    'wrong-tool',
    {
      spoil: (answer, { asked }) =>
        withCalls(answer, (call) => ({
          ...call,
          name: asked.tools.find(({ name }) => name !== call.name)?.name ?? call.name,
        })),
    },
    'tools',
  ],
  [
    'wrong-arguments',
    {
      spoil: (answer) =>
        withCalls(answer, (call) => ({
          ...call,
          arguments: call.arguments.replaceAll(/[^\x00-\x7f]/g, '?'),
        })),
    },
    'arguments',
  ],
  ['one-call-at-a-time', { spoil: (answer) => ({ ...answer, calls: answer.calls.slice(0, 1) }) }, 'parallel'],
  [
    'empty-turn',
    { spoil: (answer) => ({ ...answer, content: '', calls: [], finishReason: 'stop' }) },
    'answered',
  ],
  ['stream-cut', { events: (events) => events.slice(0, 3) }, 'answered'],
  ['no-done', { events: (events) => events.slice(0, -1) }, 'stream'],
  [
    'broken-events',
    { events: ([head, ...rest]) => [head, '{"id":"x","choices":[{"delta":{"con', ...rest] },
    'stream',
  ],
  [
    'stream-differs',
    {
      spoil: (answer, _, { stream }) =>
        stream ? answer : withCalls(answer, (call) => ({ ...call, id: call.id.replace(/.*:/, 'call_') })),
    },
    'same',
  ],
  ['lumps', { callDeltas: inOneLump }, 'deltas'],
  ['reasoning-missing', { spoil: (answer) => ({ ...answer, reasoning: '' }) }, 'reasoning'],
  [
    'thinking-not-off',
    { spoil: (answer) => ({ ...answer, reasoning: 'I cannot help thinking.' }) },
    'reasoning',
  ],
  [
    'reasoning-not-read',
    {
      spoil: (answer, { asked }) =>
        asked.proves ? withCalls(answer, (call) => ({ ...call, arguments: '{"code":"A-1"}' })) : answer,
    },
    'roundTrip',
  ],
  ['slow-first-event', { before: (position) => (position === 1 ? setTimeout(60) : Promise.resolve()) }],
  ['silence', { before: (position) => (position === 3 ? setTimeout(60) : Promise.resolve()) }],
  ['rate-limited', { instead: everySecond(429, 'rate_limit_reached_error', { 'retry-after-ms': '1' }) }],
  ['overloaded', { instead: everySecond(503, 'server_unavailable') }],
  ['unreachable', { instead: hangUpEverySecond() }],
  [
    'unreadable',
    { instead: (response) => Boolean(response.writeHead(200).end('<html>Welcome!</html>')) },
    'answered',
  ],
  ['no-usage', { events: (events) => events.map((event) => withoutUsage(event)) }],
];

/** One of each kind, and what needs several: the whole suite would find no more. */
const FEW: readonly VerifyCase[] = SUITE.filter(
  ({ id, category }, position) =>
    position % 7 === 0 ||
    category === 'tool-choice' ||
    category === 'streaming' ||
    /reasoning|no-arg|emoji|lines|two/.test(id),
);

test('every kind of finding is planted here', () => {
  expect(PLANTED.map(([code]) => code)).toEqual(Object.keys(FINDINGS));
});

const EACH = PLANTED.map(([code, faults, measure]) => ({ code, faults, measure }));

test.each(EACH)('$code', async ({ code, faults, measure }) => {
  const { baseUrl } = await labelledHost(faults);
  const isSlow = code === 'slow-first-event' || code === 'silence';
  const report = await reportOn(baseUrl, {
    cases: FEW,
    concurrency: isSlow ? 40 : 8,
    ...(isSlow && { thresholds: { firstEventMs: 50, silenceMs: 50 } }),
  });
  expect(codesOf(report)).toContain(code);
  const finding = report.findings.find((found) => found.code === code)!;
  expect(finding.example.detail).not.toBe('');
  expect(finding.remedy).not.toBe('');
  if (measure !== undefined) expect(Object.keys(below100(report))).toContain(measure);
});

test('faults that touch nothing else are the only ones found', async () => {
  const alone: readonly FindingCode[] = [
    'lying-finish-reason',
    'broken-events',
    'lumps',
    'foreign-ids',
    'missing-id',
    'rate-limited',
    'reasoning-not-read',
    'no-usage',
  ];
  for (const code of alone) {
    const faults = PLANTED.find(([name]) => name === code)![1];
    const { baseUrl } = await labelledHost(faults);
    expect(codesOf(await reportOn(baseUrl, { cases: FEW }))).toEqual([code]);
  }
});

test('a call that comes twice in the place of another is found', async () => {
  const cases = SUITE.filter(({ id }) => id === 'parallel/two-cities' || id === 'parallel/five');
  const { baseUrl } = await labelledHost({
    spoil: (answer) => withCalls(answer, (call) => ({ ...call, arguments: answer.calls[0]!.arguments })),
  });
  const report = await reportOn(baseUrl, { cases });
  expect(codesOf(report)).toEqual(['wrong-arguments']);
  expect(report.findings[0]!.example.detail).toBe('no get_weather {"city":"Oslo"}');
  expect(below100(report)).toEqual({ arguments: 0 });
});

type Answer = Parameters<NonNullable<Faults['spoil']>>[0];
type Call = Answer['calls'][number];

function withCalls(answer: Answer, spoil: (call: Call) => Call): Answer {
  return { ...answer, calls: answer.calls.map(spoil) };
}

function inWords(answer: Answer): Answer {
  return { ...answer, calls: [], content: 'I would rather talk.', finishReason: 'stop' };
}

function calling(answer: Answer, { tools }: VerifyCase): Answer {
  const [tool] = tools;
  const call = { id: `functions.${tool!.name}:900`, name: tool!.name, arguments: '{}' };
  return { ...answer, content: '', calls: [call], finishReason: 'tool_calls' };
}

function everySecond(status: number, type: string, headers = {}): Faults['instead'] {
  let count = 0;
  return (response) => {
    if (count++ % 2 === 1) return false;
    answerJson(response, status, { error: { message: 'later', type } }, headers);
    return true;
  };
}

function hangUpEverySecond(): Faults['instead'] {
  let count = 0;
  return (response) => {
    if (count++ % 2 === 0) return false;
    response.destroy();
    return true;
  };
}

function withoutUsage(event: unknown): unknown {
  if (typeof event === 'string') return event;
  const { usage: _, ...rest } = event as { usage?: unknown };
  return rest;
}
