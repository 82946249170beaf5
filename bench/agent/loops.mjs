import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// The same task under each library. A loop takes `{ baseUrl, prompt, steps, tool, pruned, folder, peers, ready }`, calls
// `ready` when all is loaded, and runs until so many steps are taken or the model answers. What is measured is measured in
// the tool.

const OWN = new URL('../../', import.meta.url).pathname;
/** What a window keeps that slides; about what Perigee keeps. */
const ROUNDS = 20;

export const LOOPS = {
  plain,
  perigee: (setting) => perigee(setting),
  session: (setting) => perigee(setting, true),
  ai,
  agents,
};

/** The agent, and for a session what `run` is told. */
export async function perigeeAgent({ baseUrl, steps, tool: { name, ...declared }, pruned, folder }, durable) {
  const { agent, tool } = await import('../../dist/agent/index.js');
  const { openaiChat } = await import('../../dist/upstream/index.js');
  const { sqliteSessions } = await import('../../dist/durable/index.js');
  const prices = { input: 0.95, cachedInput: 0.16, output: 4 };
  const made = agent({
    model: openaiChat({ baseUrl, model: 'local', prices, contextWindow: 262_144 }),
    tools: { [name]: tool(declared) },
    limits: { steps, wrapUp: false, repeats: false },
    ...(!pruned && { context: false }),
    ...(durable && { sessions: sqliteSessions({ dataDir: folder }) }),
  });
  return { made, options: durable ? { session: 'bench' } : {} };
}

async function perigee(setting, durable = false) {
  const { made, options } = await perigeeAgent(setting, durable);
  setting.ready();
  const { finishReason } = await made.run(setting.prompt, options);
  if (finishReason !== 'steps' && finishReason !== 'stop') throw new Error(`It ended with ${finishReason}.`);
}

async function ai({ baseUrl, prompt, steps, tool, pruned, peers, ready }) {
  const { isStepCount, jsonSchema, pruneMessages, streamText, tool: declare } = await load(peers, 'ai');
  const { createOpenAICompatible } = await load(peers, '@ai-sdk/openai-compatible');
  const { description, inputSchema, execute, name } = tool;
  let failed;
  ready();
  const result = streamText({
    model: createOpenAICompatible({ name: 'bench', baseURL: baseUrl, apiKey: 'none', includeUsage: true })(
      'local',
    ),
    prompt,
    maxRetries: 0,
    stopWhen: isStepCount(steps),
    tools: { [name]: declare({ description, inputSchema: jsonSchema(inputSchema), execute }) },
    ...(pruned && {
      prepareStep: ({ messages }) => ({
        messages: pruneMessages({
          messages: slid(messages, 2 * ROUNDS),
          toolCalls: 'none',
          reasoning: 'none',
        }),
      }),
    }),
    onError: ({ error }) => (failed = error),
  });
  await result.consumeStream();
  if (failed) throw failed;
}

async function agents({ baseUrl, prompt, steps, tool, pruned, peers, ready }) {
  const {
    Agent,
    OpenAIChatCompletionsModel,
    run,
    setTracingDisabled,
    tool: declare,
  } = await load(peers, '@openai/agents');
  const { default: OpenAI } = await load(peers, 'openai');
  setTracingDisabled(true);
  ready();
  const { name, description, inputSchema, execute } = tool;
  const agent = new Agent({
    name: 'Bench',
    model: new OpenAIChatCompletionsModel(
      new OpenAI({ baseURL: baseUrl, apiKey: 'none', maxRetries: 0 }),
      'local',
    ),
    tools: [
      declare({
        name,
        description,
        parameters: { ...inputSchema, additionalProperties: true },
        strict: false,
        execute: async (input) => textOf(await execute(input)),
      }),
    ],
  });
  const options = {
    stream: true,
    maxTurns: steps,
    ...(pruned && {
      callModelInputFilter: ({ modelData }) => ({ ...modelData, input: slid(modelData.input, 2 * ROUNDS) }),
    }),
  };
  try {
    const result = await run(agent, prompt, options);
    for await (const _ of result);
    await result.completed;
  } catch (error) {
    if (error.name !== 'MaxTurnsExceededError' && error.constructor.name !== 'MaxTurnsExceededError')
      throw error;
  }
}

/** The first message and the last ones, beginning with a call. */
function slid(messages, count) {
  if (messages.length <= count + 1) return messages;
  let from = messages.length - count;
  while (messages[from].role === 'tool' || messages[from].type === 'function_call_result') from++;
  return [messages[0], ...messages.slice(from)];
}

/** The least that a person would write: no checks, no ids, no limits, no errors, no cancellation. */
async function plain({ baseUrl, prompt, steps, tool, pruned, ready }) {
  ready();
  const { name, description, inputSchema: parameters, execute } = tool;
  const messages = [{ role: 'user', content: prompt }];
  const tools = [{ type: 'function', function: { name, description, parameters } }];
  for (let step = 0; step < steps; step++) {
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'local',
        messages: pruned ? slid(messages, 2 * ROUNDS) : messages,
        tools,
        stream: true,
        stream_options: { include_usage: true },
      }),
    });
    const message = { role: 'assistant', content: '', reasoning_content: '', tool_calls: [] };
    await readAnswer(response, message);
    if (message.tool_calls.length === 0) return;
    messages.push(message);
    const results = await Promise.all(
      message.tool_calls.map(({ function: call }) => execute(JSON.parse(call.arguments))),
    );
    for (const [index, { id }] of message.tool_calls.entries()) {
      messages.push({ role: 'tool', tool_call_id: id, content: textOf(results[index]) });
    }
  }
}

async function readAnswer(response, message) {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const bytes of response.body) {
    const events = (buffer + decoder.decode(bytes, { stream: true })).split('\n\n');
    buffer = events.pop();
    for (const event of events) {
      if (event === 'data: [DONE]') continue;
      const delta = JSON.parse(event.slice(6)).choices[0]?.delta ?? {};
      message.content += delta.content ?? '';
      message.reasoning_content += delta.reasoning_content ?? '';
      for (const part of delta.tool_calls ?? []) {
        const call = message.tool_calls[part.index];
        if (call) call.function.arguments += part.function.arguments;
        else
          message.tool_calls[part.index] = { id: part.id, type: 'function', function: { ...part.function } };
      }
    }
  }
}

function textOf(output) {
  return typeof output === 'string' ? output : JSON.stringify(output);
}

/** A package of the folder of peers, or of the project where it is not in there. */
async function load(peers, name) {
  for (const root of [peers, OWN]) {
    const folder = join(root, 'node_modules', name);
    let entry;
    try {
      entry = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    } catch {
      continue;
    }
    const main = entry.exports['.'];
    const path = main.import?.default ?? main.import ?? main.default;
    return import(pathToFileURL(join(folder, path)).href);
  }
  throw new Error(`There is no package ${name}.`);
}
