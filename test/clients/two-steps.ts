import { expect } from 'vitest';
import type { Ground } from './gateway-over-raw.ts';
import { ANSWER, ARGUMENTS, REASONING, RESULT } from './raw-host.ts';

export const PROMPT = 'What is the weather in Paris?';
export const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string' }, note: { type: 'string' } },
  required: ['city'],
} as const;

/** The tool of the task: keeps what it was called with. */
export function weatherTool() {
  const calls: unknown[] = [];
  return {
    calls,
    run(input: unknown): string {
      calls.push(input);
      return RESULT;
    },
  };
}

/** The call ran once with what the model wrote, the answer came, and the host got back what it must get back. */
export function expectTwoSteps(
  ground: Ground,
  calls: readonly unknown[],
  text: string | null | undefined,
): void {
  expect(calls).toEqual([JSON.parse(ARGUMENTS)]);
  expect(text).toBe(ANSWER);
  expect(ground.seen).toHaveLength(2);
  const assistant = ground.seen[1]!.messages.find(({ role }) => role === 'assistant');
  const [call] = assistant?.tool_calls ?? [];
  expect(call?.id).toBe('functions.get_weather:0');
  expect(JSON.parse(call!.function.arguments)).toEqual(JSON.parse(ARGUMENTS));
  expect(assistant?.reasoning_content).toBe(REASONING);
  const result = ground.seen[1]!.messages.find(({ role }) => role === 'tool');
  expect(result?.tool_call_id).toBe('functions.get_weather:0');
  expect(result?.content).toContain('21');
}
