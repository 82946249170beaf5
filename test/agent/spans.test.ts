import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { beforeEach, expect, test } from 'vitest';
import { agent, RunError, type Tools } from '../../src/agent/index.ts';
import { PerigeeError } from '../../src/core/index.ts';
import { answers, calls, FakeClock, finish, says, scriptedModel } from './fixtures.ts';

const exporter = new InMemorySpanExporter();
const current = new AsyncLocalStorage<Context>();
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);
context.setGlobalContextManager({
  active: () => current.getStore() ?? ROOT_CONTEXT,
  with: (active, work, self, ...args) => current.run(active, () => work.apply(self as never, args)),
  bind: (active, target) =>
    typeof target === 'function'
      ? (current.run.bind(current, active, target as never) as typeof target)
      : target,
  enable() {
    return this;
  },
  disable() {
    return this;
  },
});
beforeEach(() => exporter.reset());

const schema = { type: 'object' } as const;
const tools: Tools = {
  good: { description: 'd', inputSchema: schema, execute: () => 'a secret result' },
  bad: {
    description: 'd',
    inputSchema: schema,
    execute: () => {
      throw new Error('a secret failure');
    },
  },
};

const named = (name: string) => exporter.getFinishedSpans().find((span) => span.name === name)!;
const parentOf = (span: ReadableSpan) => span.parentSpanContext?.spanId;

test('a run is a span, each turn and each call one below it, by the names of the GenAI conventions', async () => {
  const turn = [
    says('A secret plan.'),
    ...calls(0, 'good', { a: 'secret' }),
    ...calls(1, 'bad', {}),
    ...calls(2, 'none', {}),
    finish('tool-calls'),
  ];
  const model = scriptedModel([turn, answers('A secret answer.')]);
  await agent({ model, tools }).run('A secret question.');

  const run = named('invoke_agent');
  expect(run.attributes).toEqual({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.request.model': 'scripted',
    'gen_ai.usage.input_tokens': 200,
    'gen_ai.usage.output_tokens': 20,
    'gen_ai.usage.cache_read.input_tokens': 120,
    'perigee.finish_reason': 'stop',
    'perigee.steps': 2,
  });
  expect(run.status.code).toBe(SpanStatusCode.UNSET);
  const below = exporter.getFinishedSpans().filter((span) => span !== run);
  expect(below.every((span) => parentOf(span) === run.spanContext().spanId)).toBe(true);
  expect(below.map(({ name }) => name).sort()).toEqual([
    'chat scripted',
    'chat scripted',
    'execute_tool bad',
    'execute_tool good',
    'execute_tool none',
  ]);
  expect(named('chat scripted').attributes).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'scripted',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 10,
    'gen_ai.usage.cache_read.input_tokens': 60,
    'gen_ai.response.finish_reasons': ['tool-calls'],
  });
  expect(named('execute_tool good').attributes).toEqual({
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'good',
    'gen_ai.tool.call.id': 'functions.good:0',
    'gen_ai.tool.type': 'function',
  });
  expect(named('execute_tool bad')).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'tool_error' },
  });
  expect(named('execute_tool none').attributes).toMatchObject({ 'error.type': 'not_executed' });
  const told = exporter
    .getFinishedSpans()
    .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  expect(JSON.stringify(told)).not.toMatch(/secret/i);
});

test('what a tool records itself stands below its call, and a run below what its caller records', async () => {
  const nested: Tools = {
    fetch: {
      description: 'd',
      inputSchema: schema,
      execute: async () => {
        await Promise.resolve();
        trace.getTracer('tool').startSpan('GET').end();
        return 'ok';
      },
    },
  };
  const model = scriptedModel([[...calls(0, 'fetch', {}), finish('tool-calls')], answers('Done.')]);
  await trace.getTracer('app').startActiveSpan('request', async (span) => {
    await agent({ model, tools: nested }).run('Go.');
    span.end();
  });
  expect(parentOf(named('GET'))).toBe(named('execute_tool fetch').spanContext().spanId);
  expect(parentOf(named('invoke_agent'))).toBe(named('request').spanContext().spanId);
});

test('an attempt that failed is a span that says so, and the next begins when it is asked again', async () => {
  const clock = new FakeClock(true);
  const model = scriptedModel([
    new PerigeeError('overloaded', 'A secret.', { retryable: true }),
    answers('Hi.'),
  ]);
  await agent({ model, clock }).run('Go.');
  const attempts = exporter.getFinishedSpans().filter(({ name }) => name === 'chat scripted');
  expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual(['overloaded', undefined]);
  expect(named('invoke_agent').events).toMatchObject([
    { name: 'perigee.retry', attributes: { 'error.type': 'overloaded', 'perigee.retry.wait_ms': 1000 } },
  ]);
});

test('a run that fails leaves no span open, and says what failed', async () => {
  const model = scriptedModel([new PerigeeError('wrong-api-key', 'A secret.')]);
  await expect(agent({ model }).run('Go.')).rejects.toBeInstanceOf(RunError);
  expect(exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes['error.type']])).toEqual(
    [
      ['chat scripted', 'wrong-api-key'],
      ['invoke_agent', 'wrong-api-key'],
    ],
  );
});

test('what was begun when a run was aborted is ended with it', async () => {
  const control = new AbortController();
  const waiting: Tools = {
    wait: {
      description: 'd',
      inputSchema: schema,
      execute: () => {
        control.abort();
        return new Promise(() => {});
      },
    },
  };
  const model = scriptedModel([[...calls(0, 'wait', {}), finish('tool-calls')]]);
  const { finishReason } = await agent({ model, tools: waiting }).run('Go.', { signal: control.signal });
  expect(finishReason).toBe('aborted');
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual([
    'chat scripted',
    'execute_tool wait',
    'invoke_agent',
  ]);
});
