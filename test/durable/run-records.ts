import type { JournalRecord } from '../../src/core/index.ts';

/** Records as the agent loop writes them, numbered. */
export function recorded(...records: readonly (readonly [name: string, value: unknown])[]): JournalRecord[] {
  return records.map(([name, value], position) => ({ seq: position + 1, at: 1000 + position, name, value }));
}

export const prompt = (run: number, content: string) =>
  [`run-${run}/prompt`, { messages: [{ role: 'user', content }], model: 'kimi-k2.6' }] as const;

/** A turn with calls of these tools. */
export function turn(
  run: number,
  step: number,
  content: string,
  tools: readonly string[] = [],
  more: object = {},
) {
  const calls = tools.map((name, index) => ({
    index,
    id: `functions.${name}:${step}${index}`,
    name,
    arguments: '{}',
  }));
  const toolCalls = calls.map(({ index: _, ...call }) => call);
  const message = { role: 'assistant', content, ...(calls.length > 0 && { toolCalls }) };
  return [
    `run-${run}/step-${step}/turn`,
    { model: 'kimi-k2.6', message, calls, cost: 0.25, ...more },
  ] as const;
}

/** The result of such a call. */
export function result(
  run: number,
  step: number,
  index: number,
  name: string,
  output: string,
  isError = false,
) {
  const value = {
    index,
    id: `functions.${name}:${step}${index}`,
    name,
    output,
    isError,
    executed: true,
    ms: 3,
  };
  return [`run-${run}/step-${step}/call-${index}`, value] as const;
}

export const end = (run: number, finishReason = 'stop') =>
  [`run-${run}/end`, { finishReason, explanation: 'It is done.', cost: 0.5 }] as const;

/** Two runs: the first with a step of two calls, the second killed in the middle of its first step. */
export const TWO_RUNS = recorded(
  prompt(0, 'go'),
  turn(0, 0, 'both', ['a', 'b']),
  ['run-0/step-0/begin-0', { id: 'x', process: 'p' }],
  result(0, 0, 1, 'b', 'two'),
  result(0, 0, 0, 'a', 'one', true),
  turn(0, 1, 'done'),
  end(0),
  prompt(1, 'again'),
  turn(1, 0, 'one more', ['a']),
  ['run-1/step-0/begin-0', { id: 'y', process: 'p' }],
);
