import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gatewayOverRaw, KEY } from './gateway-over-raw.ts';
import type { HostRequest } from './raw-host.ts';

/**
 * The last request of a task that a client sent (two calls at once, then one, then the answer), its texts shortened, and
 * what of it must reach the host.
 */
interface Recorded {
  readonly client: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly reaches: ReturnType<typeof summary>;
}

const FOLDER = new URL('../data/clients/', import.meta.url);
const RECORDED = readdirSync(FOLDER).map(
  (name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Recorded] as const,
);

describe.each(RECORDED)('%s', (_, { path, body, reaches }) => {
  test('reaches the host as the conversation that it is', async () => {
    const ground = await gatewayOverRaw(1, () => 'So.</think>Done.');
    const reply = await fetch(ground.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect([reply.status, await reply.text()]).toEqual([200, expect.stringContaining('Done.')]);
    expect(ground.seen.map(summary)).toEqual([reaches]);
  });
});

function summary({ messages, tools = [] }: HostRequest) {
  const calls = messages.flatMap(({ tool_calls }) => tool_calls ?? []);
  return {
    roles: messages.map(({ role, tool_calls }) => role + (tool_calls ? ` with ${tool_calls.length}` : '')),
    calls: calls.map(({ id, function: { arguments: text } }) => [id, JSON.parse(text)] as [string, unknown]),
    results: messages.flatMap(({ tool_call_id }) => tool_call_id ?? []),
    reasoning: messages.flatMap(({ tool_calls, reasoning_content }) =>
      tool_calls ? (reasoning_content ?? null) : [],
    ),
    tools: tools.map((tool) => (tool as { function: { name: string } }).function.name),
  };
}
