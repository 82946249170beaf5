import { describe, expect, test } from 'vitest';
import { fieldsStage, reasoningStage, samplingStage, thinkingStage } from '../../src/conform/index.ts';
import type { ModelRequest } from '../../src/core/index.ts';
import { applied, call, result, target, turn, user } from './fixtures.ts';

describe('fields of another protocol', () => {
  const extra = { n: 2, seed: 7 };

  test('are left out and named, without their values; whose words they were stays known', () => {
    const { sent, notes } = applied(fieldsStage, { extra, extraProtocol: 'anthropic-messages' });
    expect(sent).toEqual({ messages: [user()], extraProtocol: 'anthropic-messages' });
    expect(notes).toEqual([
      {
        stage: 'fields',
        action: 'dropped',
        text: 'n, seed of anthropic-messages mean nothing to openai-chat and are left out.',
      },
    ]);
  });

  test('many and long names are not all told', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, at) => [`${at}`.padStart(200, 'x'), at]),
    );
    const { notes } = applied(fieldsStage, { extra: many, extraProtocol: 'openai-responses' });
    expect(notes[0]!.text).toMatch(/ and 992 more of openai-responses/);
    expect(notes[0]!.text.length).toBeLessThan(500);
  });

  test('names that no header can hold are made harmless', () => {
    const { notes } = applied(fieldsStage, { extra: { 'a\r\nb: ü': 1 }, extraProtocol: 'openai-responses' });
    expect(notes[0]!.text).toMatch(/^a\?\?b\?\?\? of/);
  });

  test.each([['openai-chat' as const], [undefined]])('those of %s pass', (extraProtocol) => {
    expect(applied(fieldsStage, { extra, ...(extraProtocol && { extraProtocol }) }).untouched).toBe(true);
  });

  test('no fields are no reason for a note', () => {
    expect(applied(fieldsStage, { extra: {}, extraProtocol: 'openai-responses' }).notes).toEqual([]);
  });
});

describe('thinking', () => {
  type Wish = Pick<ModelRequest, 'thinking' | 'effort'>;
  const sentTo = (host: string | undefined, model: string | undefined, wish: Wish) => {
    const { sent, actions, untouched } = applied(thinkingStage, wish, target(host, model));
    const { messages: _, ...rest } = sent;
    return { sent: rest, actions, untouched };
  };

  test.each<[host: string | undefined, model: string | undefined, wish: Wish]>([
    ['moonshot', 'kimi-k2.6', {}],
    ['moonshot', 'kimi-k2.6', { thinking: 'off' }],
    ['moonshot', 'kimi-k2.6', { thinking: 'keep' }],
    ['moonshot', 'kimi-k2.7-code', {}],
    ['moonshot', 'kimi-k2.7-code', { thinking: 'keep' }],
    ['moonshot', 'kimi-k3', { effort: 'high' }],
    ['moonshot', 'kimi-k2-0905-preview', {}],
    [undefined, undefined, { thinking: 'off', effort: 'strange' }],
  ])('on %s, %s takes %j as it is', (host, model, wish) => {
    expect(sentTo(host, model, wish)).toEqual({ sent: wish, actions: [], untouched: true });
  });

  test.each<[host: string | undefined, model: string, wish: Wish, sent: Wish, actions: string[]]>([
    ['moonshot', 'kimi-k2.7-code', { thinking: 'off' }, { thinking: 'keep' }, ['replaced']],
    ['moonshot', 'kimi-k2.7-code', { thinking: 'on' }, { thinking: 'keep' }, []],
    ['moonshot', 'kimi-k2.7-code', { effort: 'low' }, {}, ['dropped']],
    [undefined, 'kimi-k2.7-code', {}, { thinking: 'on' }, []],
    ['openrouter', 'kimi-k2.7-code', { thinking: 'off' }, { thinking: 'on' }, ['replaced']],
    [undefined, 'kimi-k2-thinking', { thinking: 'keep' }, { thinking: 'on' }, []],
    ['moonshot', 'kimi-k2.5', { thinking: 'keep' }, { thinking: 'on' }, ['replaced']],
    ['moonshot', 'kimi-k2.6', { effort: 'none' }, { thinking: 'off' }, ['replaced']],
    ['moonshot', 'kimi-k2.6', { effort: 'high' }, {}, ['dropped']],
    // It cannot be told to them: what follows goes by what the model does.
    ['siliconflow', 'kimi-k2.6', { thinking: 'off' }, {}, ['dropped']],
    [undefined, 'kimi-k2.6', { thinking: 'off' }, {}, ['dropped']],
    [undefined, 'kimi-k2.6', { effort: 'none' }, {}, ['replaced', 'dropped']],
    ['moonshot', 'kimi-k2.6', { effort: 'none', thinking: 'on' }, { thinking: 'on' }, ['dropped']],
    ['moonshot', 'kimi-k2-0905-preview', { thinking: 'off', effort: 'low' }, {}, ['dropped']],
    ['moonshot', 'kimi-k3', { thinking: 'on', effort: 'max' }, { effort: 'max' }, []],
    ['moonshot', 'kimi-k3', { thinking: 'off' }, { effort: 'low' }, ['replaced']],
    ['moonshot', 'kimi-k3', { effort: 'medium' }, { effort: 'high' }, ['replaced']],
    ['moonshot', 'kimi-k3', { effort: 'minimal' }, { effort: 'low' }, ['replaced']],
    ['moonshot', 'kimi-k3', { effort: 'constructor' }, {}, ['dropped']],
  ])('on %s, %s is asked for %j as %j', (host, model, wish, sent, actions) => {
    expect(sentTo(host, model, wish)).toEqual({ sent, actions, untouched: false });
  });
});

describe('sampling', () => {
  const wish = { temperature: 0, topP: 1, extra: { n: 1, presence_penalty: 0, user: 'u' } };

  test('that is fixed for the model is left out, under all its names', () => {
    const { sent, notes } = applied(samplingStage, wish, target('moonshot', 'kimi-k2.6'));
    expect(sent).toEqual({ messages: [user()], extra: { user: 'u' } });
    expect(notes.map(({ text }) => text)).toEqual([
      'temperature, top_p, n, presence_penalty are fixed for this model and left out.',
    ]);
    expect(applied(samplingStage, { extra: { n: 1 } }, target('moonshot', 'kimi-k3')).sent).toEqual({
      messages: [user()],
    });
  });

  test.each([
    [undefined, undefined],
    ['vllm', 'kimi-k2-0905-preview'],
  ])('is free on %s for %s', (host, model) => {
    expect(applied(samplingStage, wish, target(host, model)).untouched).toBe(true);
  });

  test.each<[temperature: number, protocol: ModelRequest['extraProtocol'], model: string, sent: number]>([
    [1, 'anthropic-messages', 'kimi-k2-0905-preview', 0.6],
    [0.5, 'anthropic-messages', 'kimi-k2-0711-preview', 0.3],
    [0.5, 'openai-chat', 'kimi-k2-0905-preview', 0.5],
    [0.5, 'anthropic-messages', 'kimi-k2-thinking', 0.5],
    [2, 'openai-chat', 'kimi-k2-0905-preview', 1],
    [-1, 'openai-chat', 'kimi-k2-0905-preview', 0],
  ])('temperature %d of %s for %s is %d', (temperature, extraProtocol, model, sent) => {
    const request = { temperature, extraProtocol: extraProtocol! };
    expect(applied(samplingStage, request, target('moonshot', model)).sent.temperature).toBe(sent);
  });

  test("an Anthropic-compatible host scales by itself, and a host that is not Moonshot's has its own range", () => {
    const request = { temperature: 2, extraProtocol: 'anthropic-messages' as const };
    const to = target(undefined, 'kimi-k2-0905-preview', { protocol: 'anthropic-messages' });
    expect(applied(samplingStage, request, to).untouched).toBe(true);
    expect(applied(samplingStage, { temperature: 2 }, target('vllm')).untouched).toBe(true);
  });

  test('stop strings that Moonshot refuses are left out, also where sampling is fixed', () => {
    const stop = ['', 'é'.repeat(17), 'é'.repeat(16), 'a', 'b', 'c', 'd', 'e'];
    for (const model of ['kimi-k2.6', 'kimi-k2-0905-preview']) {
      const { sent, notes } = applied(samplingStage, { stop }, target('moonshot', model));
      expect(sent.stop).toEqual(['é'.repeat(16), 'a', 'b', 'c', 'd']);
      expect(notes[0]!.text).toContain('3 of 8 stop strings');
    }
    expect(applied(samplingStage, { stop: ['x'.repeat(33)] }, target('moonshot')).sent).toEqual({
      messages: [user()],
    });
    expect(applied(samplingStage, { stop }, target('vllm')).untouched).toBe(true);
  });
});

describe('reasoning', () => {
  const dropped = [user(), turn(call('a')), result('a')];
  const kept = [user(), { ...turn(call('a')), reasoning: 'r' }, result('a')];

  test.each([
    ['moonshot', 'kimi-k2.6'],
    ['siliconflow', 'kimi-k2.6'],
    [undefined, undefined],
  ])('that is missing on a turn with calls is sent empty to %s', (host, model) => {
    const { sent, notes } = applied(reasoningStage, { messages: dropped }, target(host, model));
    expect(sent.messages[1]).toEqual({ ...turn(call('a')), reasoning: '' });
    expect(sent.messages[2]).toBe(dropped[2]);
    expect(notes[0]!.text).toMatch(/^messages\[1\] has calls and no reasoning/);
  });

  test.each<[string | undefined, string | undefined, Partial<ModelRequest>]>([
    ['moonshot', 'kimi-k2.6', { messages: dropped, thinking: 'off' }],
    ['moonshot', 'kimi-k2-0905-preview', { messages: dropped }],
    ['vllm', 'kimi-k2.6', { messages: dropped }],
    ['moonshot', 'kimi-k2.6', { messages: kept }],
    ['moonshot', 'kimi-k2.6', { messages: [user(), { role: 'assistant', content: 'a' }] }],
  ])('stays as it is on %s for %s', (host, model, request) => {
    expect(applied(reasoningStage, request, target(host, model)).untouched).toBe(true);
  });

  test('signatures go to Anthropic-compatible hosts only', () => {
    const messages = [{ ...turn(call('a')), reasoning: 'r', reasoningSignature: 's' }];
    expect(applied(reasoningStage, { messages }, target('moonshot')).sent.messages).toEqual([
      { ...turn(call('a')), reasoning: 'r' },
    ]);
    const anthropic = target('moonshot', 'kimi-k2.6', { protocol: 'anthropic-messages' });
    expect(applied(reasoningStage, { messages }, anthropic).untouched).toBe(true);
  });
});
