import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { agent, type Tools } from '../../../src/agent/index.ts';
import { scripted } from '../../../src/replay/index.ts';
import {
  type McpOptions,
  type McpProgram,
  type McpServer,
  type McpTools,
  mcpTools,
} from '../../../src/tools/index.ts';

/** A server of the SDK as a program, in one of the modes that it knows. */
export function program(mode?: string): McpProgram {
  const file = fileURLToPath(new URL('./program.mjs', import.meta.url));
  return { command: process.execPath, args: mode === undefined ? [file] : [file, mode] };
}

/** The tools of a server, which is ended with the test. */
export async function connected(server: McpServer, options: McpOptions = {}): Promise<McpTools> {
  const connection = await mcpTools(server, options);
  onTestFinished(() => connection.close());
  return connection;
}

/** Calls a tool as the agent would. */
export async function call(
  { tools }: McpTools,
  name: string,
  input = {},
  signal = new AbortController().signal,
) {
  return (await tools[name]!.execute(input, { signal, toolCallId: 'a', idempotencyKey: 'a' })) as string;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What an agent makes of calls that a model writes in one turn. */
export async function resultsOf(tools: Tools, ...calls: readonly [name: string, json: string][]) {
  const written = calls.map(
    ([name, json], index) =>
      `<|tool_call_begin|>functions.${name}:${index}<|tool_call_argument_begin|>${json}<|tool_call_end|>`,
  );
  const turn = `<|tool_calls_section_begin|>${written.join('')}<|tool_calls_section_end|>`;
  const { steps } = await agent({ model: scripted([turn, 'done']), tools }).run('go');
  return steps[0]!.results;
}
