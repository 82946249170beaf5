import { describe, expect, test } from 'vitest';
import type { Model, ModelRequest, Note, StreamEvent } from '../../src/core/index.ts';
import { type ContinuationOptions, completions, openaiChat } from '../../src/upstream/index.ts';
import { type Cut, engine } from './raw-engine.ts';
import { answerJson, answerStream, chunk, outcome, type Served, serve, sse } from './server.ts';

const request: ModelRequest = {
  messages: [{ role: 'user', content: 'hi' }],
  tools: [
    { name: 'f', parameters: { type: 'object', properties: { x: {} } } },
    { name: 'g', parameters: { type: 'object', properties: { y: {} } } },
  ],
};
const OPEN = '<|tool_calls_section_begin|>';
const CALLS =
  '<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"x": "a \\"q\\" \\\\ <b> 👍 <|im_end|> é"}<|tool_call_end|>' +
  '<|tool_call_begin|>functions.g:1<|tool_call_argument_begin|> {"y": [1, {"z": true}] } <|tool_call_end|>';
const CLOSE = '<|tool_calls_section_end|>';
const ANSWER = `hm, f</think>Now. ${OPEN}${CALLS}${CLOSE}`;
const PROMPT = 'PROMPT<think>';
/** Every position inside of the calls, between them too. */
const INSIDE_F = ANSWER.indexOf('{"x":') + 5;
const POSITIONS = Array.from(CALLS, (_, at) => ANSWER.indexOf(OPEN) + OPEN.length + at);

function completion(baseUrl: string, continuations?: ContinuationOptions): Model {
  return completions({
    baseUrl,
    model: 'm',
    retries: 0,
    renderPrompt: () => ({ prompt: PROMPT, startInReasoning: true }),
    ...(continuations && { continuations }),
  });
}

const rawEngine = (how: Cut, cuts: readonly number[]) =>
  engine({
    how,
    cuts,
    text: ANSWER,
    written: ({ prompt }) => String(prompt).slice(PROMPT.length),
    choice: (text) => ({ text }),
  });

/** Events with neighbouring deltas joined, and without the end's usage. */
function joined(events: readonly StreamEvent[]): StreamEvent[] {
  const all: StreamEvent[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if ('delta' in event && last && 'delta' in last && last.type === event.type) {
      all[all.length - 1] = { ...last, delta: last.delta + event.delta };
    } else if (event.type === 'finish') all.push({ type: 'finish', reason: event.reason });
    else all.push(event);
  }
  return all;
}

async function noted(model: Model, asked = request) {
  const notes: Note[] = [];
  const result = await outcome(model.stream(asked, { onNote: (note) => notes.push(note) }));
  return { ...result, actions: notes.map(({ stage, action }) => `${stage} ${action}`) };
}

const body = ({ seen }: Served, position: number) => JSON.parse(seen[position]!.body);

describe('completions that are cut inside a call', () => {
  test.each(['length', 'network', 'stop'] as const)(
    'go on at every position as if they had not been cut: %s',
    async (how) => {
      const uncut = joined(
        (await outcome(completion((await rawEngine(how, [])).baseUrl).stream(request))).events,
      );
      expect(uncut.filter(({ type }) => type === 'tool-call-end')).toHaveLength(2);
      for (const position of POSITIONS) {
        // A model that stops behind a whole call has said all it wanted.
        if (how === 'stop' && mayStop(position)) continue;
        const { events, error, actions } = await noted(
          completion((await rawEngine(how, [position])).baseUrl),
        );
        expect([error, joined(events)], ANSWER.slice(0, position)).toEqual([undefined, uncut]);
        expect(actions).toEqual(['truncation continued']);
      }
    },
    60_000,
  );

  test('go on anywhere where the network broke', async () => {
    const uncut = joined(
      (await outcome(completion((await rawEngine('network', [])).baseUrl).stream(request))).events,
    );
    for (let position = 1; position < ANSWER.length; position++) {
      if (POSITIONS.includes(position)) continue;
      const { events, error } = await noted(completion((await rawEngine('network', [position])).baseUrl));
      expect([error, joined(events)], ANSWER.slice(0, position)).toEqual([undefined, uncut]);
    }
  }, 60_000);

  test('go on inside Hermes calls', async () => {
    const text = 'Now. <tool_call>\n{"name": "f", "arguments": {"x": [1, "</b>"]}}\n</tool_call>';
    const hermes = async (cuts: readonly number[]) => {
      const written = ({ prompt }: Record<string, unknown>) => String(prompt).slice(1);
      const { baseUrl } = await engine({
        how: 'length',
        cuts,
        text,
        written,
        choice: (piece) => ({ text: piece }),
      });
      const renderPrompt = () => ({ prompt: 'P', startInReasoning: false });
      return noted(completions({ baseUrl, model: 'm', renderPrompt, format: 'hermes' }));
    };
    const uncut = joined((await hermes([])).events);
    expect(uncut).toContainEqual({ type: 'tool-call-end', index: 0 });
    for (let position = text.indexOf('{'); position < text.indexOf('</tool'); position++) {
      expect(joined((await hermes([position])).events), text.slice(0, position)).toEqual(uncut);
    }
  });

  test('go on twice, their usage is added up, the text so far is sent as it came', async () => {
    const at = ANSWER.indexOf('👍') + 2;
    const served = await rawEngine('length', [at - 8, at]);
    const { turn, events } = await noted(completion(served.baseUrl));
    expect(turn.usage).toEqual({ inputTokens: 30, cachedInputTokens: 0, outputTokens: 15 });
    expect(events.filter(({ type }) => type === 'finish')).toHaveLength(1);
    expect(turn.calls.map(({ id }) => id)).toEqual(['functions.f:0', 'functions.g:1']);
    expect(body(served, 2)).toMatchObject({ prompt: PROMPT + ANSWER.slice(0, at), max_tokens: 4096 });
  });

  test('end with length when the budget is used up', async () => {
    const at = POSITIONS.slice(70, 74);
    const served = await rawEngine('length', at);
    const { turn, actions, error } = await noted(completion(served.baseUrl, { max: 2, tokens: 7 }));
    expect(error).toBeUndefined();
    expect(turn).toMatchObject({ finishReason: 'length', truncated: true, calls: [] });
    expect(turn.cut?.arguments).toBe('{"x": "a \\"q');
    expect(served.seen).toHaveLength(3);
    expect(body(served, 1).max_tokens).toBe(7);
    expect(actions).toEqual(['truncation continued', 'truncation continued', 'truncation cut']);
  });

  test('are not gone on with where that is switched off, the window is full, or a stop sequence struck', async () => {
    const at = POSITIONS[80]!;
    for (const off of [{ max: 0 }, { tokens: 0 }]) {
      const served = await rawEngine('length', [at]);
      expect((await noted(completion(served.baseUrl, off))).turn.finishReason).toBe('length');
      expect(served.seen).toHaveLength(1);
    }
    const full = await rawEngine('length', [at]);
    const model = completions({ baseUrl: full.baseUrl, model: 'kimi-k2.6', contextWindow: 15 });
    await noted(model);
    expect(full.seen).toHaveLength(1);
    const stopped = await rawEngine('stop', [at]);
    await noted(completion(stopped.baseUrl), { ...request, stop: ['q'] });
    expect(stopped.seen).toHaveLength(1);
  });

  test('outside of calls end where the client said', async () => {
    for (const position of [3, ANSWER.indexOf('Now') + 2]) {
      const served = await rawEngine('length', [position]);
      const { turn } = await noted(completion(served.baseUrl), { ...request, maxTokens: 3 });
      expect([turn.finishReason, served.seen.length]).toEqual(['length', 1]);
    }
  });

  test('half a character at the cut is written anew', async () => {
    const at = ANSWER.indexOf('é');
    const served = await serve((response, { body }) => {
      const raw = JSON.parse(body).prompt.slice(PROMPT.length);
      const text = raw === '' ? `${ANSWER.slice(0, at)}\ufffd` : ANSWER.slice(raw.length);
      answerJson(response, 200, { choices: [{ text, finish_reason: raw === '' ? 'length' : 'stop' }] });
    });
    const { turn } = await noted(completion(served.baseUrl));
    expect(turn.calls[0]?.arguments).toBe('{"x": "a \\"q\\" \\\\ <b> 👍 <|im_end|> é"}');
  });

  test('end as cut where one token was asked for: nobody waits for an answer', async () => {
    const served = await rawEngine('length', [INSIDE_F]);
    const { turn } = await outcome(completion(served.baseUrl).stream({ ...request, maxTokens: 1 }));
    expect([turn.finishReason, turn.cut?.arguments]).toEqual(['length', '{"x":']);
    expect(served.seen).toHaveLength(1);
  });

  describe('fall back to length', () => {
    const at = INSIDE_F;
    const rest = async (text: string, reason = 'stop') => {
      const served = await serve((response, _, count) =>
        answerJson(response, 200, {
          choices: [
            count === 0
              ? { text: ANSWER.slice(0, at), finish_reason: 'length' }
              : { text, finish_reason: reason },
          ],
        }),
      );
      return noted(completion(served.baseUrl));
    };

    test.each([
      ['the answer from its beginning', ANSWER],
      ['an answer of its own', `<think>I was cut</think>${OPEN}${CALLS}${CLOSE}`],
      ['the calls once more', `${OPEN}${CALLS}${CLOSE}`],
      ['one more call', CALLS],
      ['an apology', 'I apologize, here is the call again.'],
      ['nothing', ''],
    ])('when %s comes instead', async (_, text) => {
      const { turn, error, actions } = await rest(text);
      expect(error).toBeUndefined();
      expect(turn).toMatchObject({
        finishReason: 'length',
        calls: [],
        cut: { id: 'functions.f:0', arguments: '{"x":' },
      });
      expect(actions).toEqual(['truncation cut']);
    });

    test('when the engine refuses, with the error of the network where that broke', async () => {
      const refusing = (how: Cut) =>
        serve((response, _, count) => {
          const piece = { choices: [{ index: 0, text: ANSWER.slice(0, at), finish_reason: null }] };
          const last = { choices: [{ index: 0, text: '', finish_reason: 'length' }] };
          if (count > 0) answerJson(response, 400, { error: { message: 'no' } });
          else answerStream(response, how === 'length' ? sse(piece, last, '[DONE]') : sse(piece));
        });
      const length = await noted(completion((await refusing('length')).baseUrl));
      expect([length.turn.finishReason, length.error]).toEqual(['length', undefined]);
      const network = await noted(completion((await refusing('network')).baseUrl));
      expect([network.turn.cut?.arguments, network.error?.code]).toEqual(['{"x":', 'stream-cut']);
    });

    test('never when the client cancels: that is an error', async () => {
      const controller = new AbortController();
      const served = await serve((response, _, count) => {
        if (count === 0)
          answerJson(response, 200, { choices: [{ text: ANSWER.slice(0, at), finish_reason: 'length' }] });
        else controller.abort();
      });
      const { error } = await outcome(
        completion(served.baseUrl).stream(request, { signal: controller.signal }),
      );
      expect(error?.code).toBe('aborted');
    });
  });
});

describe('chat hosts that go on with a final message', () => {
  const THINK = 'hm, f</think>';

  /** vLLM and SGLang without parsers: raw text as content. */
  function rawChat(
    how: Cut,
    cuts: readonly number[],
    kind: 'continue-final-message' | 'append-final-message',
  ) {
    const appended = kind === 'append-final-message';
    return engine({
      how,
      cuts,
      text: ANSWER,
      written: ({ messages, continue_final_message }) => {
        const last = (messages as { role: string; content: string }[]).at(-1)!;
        if (continue_final_message !== true) return '';
        return appended ? last.content : THINK + last.content;
      },
      choice: (content) => ({ delta: { content } }),
    });
  }

  function chat(
    baseUrl: string,
    continuation: 'continue-final-message' | 'append-final-message',
    startInReasoning = true,
  ): Model {
    return openaiChat({ baseUrl, model: 'kimi-k2.6', startInReasoning, continuation, retries: 0 });
  }

  test.each([
    ['length', 'continue-final-message'],
    ['network', 'append-final-message'],
    ['stop', 'append-final-message'],
  ] as const)(
    'with raw text go on at every position as if they had not been cut: %s',
    async (how, kind) => {
      const uncut = joined(
        (await outcome(chat((await rawChat(how, [], kind)).baseUrl, kind).stream(request))).events,
      );
      expect(uncut.filter(({ type }) => type === 'tool-call-end')).toHaveLength(2);
      for (const position of POSITIONS) {
        if (how === 'stop' && mayStop(position)) continue;
        const { events, error } = await noted(chat((await rawChat(how, [position], kind)).baseUrl, kind));
        expect([error, joined(events)], ANSWER.slice(0, position)).toEqual([undefined, uncut]);
      }
    },
    60_000,
  );

  test('are told what was written in the way that they take', async () => {
    const at = ANSWER.indexOf('"q');
    const written = ANSWER.slice(THINK.length, at);
    const continued = await rawChat('length', [at], 'continue-final-message');
    await noted(chat(continued.baseUrl, 'continue-final-message'), {
      ...request,
      toolChoice: 'required',
      maxTokens: 9,
    });
    expect(body(continued, 0)).toMatchObject({ tool_choice: 'required', max_tokens: 9 });
    expect(body(continued, 1)).toMatchObject({
      continue_final_message: true,
      add_generation_prompt: false,
      skip_special_tokens: false,
      max_tokens: 4096,
      stream: true,
      messages: [{ role: 'user' }, { role: 'assistant', content: written, reasoning_content: 'hm, f' }],
    });
    expect(body(continued, 1)).not.toHaveProperty('tool_choice');
    const appended = await rawChat('length', [at], 'append-final-message');
    await noted(chat(appended.baseUrl, 'append-final-message'));
    expect(body(appended, 1).messages.at(-1)).toEqual({ role: 'assistant', content: THINK + written });
    expect(body(appended, 1)).not.toHaveProperty('add_generation_prompt');
  });

  test('and take calls apart are gone on with too, whatever they call the rest', async () => {
    const call = (text: string, head = {}) =>
      chunk({ tool_calls: [{ index: 0, ...head, function: { arguments: text } }] });
    const first = sse(
      chunk({ reasoning_content: 'hm' }),
      chunk({ content: 'Now.' }),
      chunk({
        tool_calls: [{ index: 0, id: 'call_9', type: 'function', function: { name: 'f', arguments: '' } }],
      }),
      call('{"x": '),
      call('"a b'),
      chunk({}, 'tool_calls'),
      '[DONE]',
    );
    const rests = [
      sse(chunk({ content: 'c"}<|tool_call_end|><|tool_calls_section_end|>' }, 'stop'), '[DONE]'),
      sse(chunk({ reasoning_content: 'c"}<|tool_call_end|>' }, 'stop'), '[DONE]'),
      sse(chunk({ content: 'c"}' }, 'tool_calls'), '[DONE]'),
    ];
    for (const rest of rests) {
      const served = await serve((response, _, count) => answerStream(response, count === 0 ? first : rest));
      const model = openaiChat({
        baseUrl: served.baseUrl,
        model: 'kimi-k2.6',
        continuation: 'continue-final-message',
      });
      const { turn, error } = await noted(model);
      expect(error).toBeUndefined();
      expect(turn).toMatchObject({ content: 'Now.', reasoning: 'hm', finishReason: 'tool-calls' });
      expect(turn.calls).toMatchObject([{ id: 'functions.f:0', name: 'f', arguments: '{"x": "a bc"}' }]);
      expect(body(served, 1).messages.at(-1).content).toBe(
        `Now.${OPEN}<|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"x": "a b`,
      );
    }
  });

  test.each(['length', 'tool_calls', null])(
    'and take calls apart go on at every position of the last arguments: %s',
    async (reason) => {
      const [f, g] = ['{"x": "<|tool_call_end|>"}', '{"y": {"b": [1, "a\\"}"]}}'];
      const call = (index: number, name: string, text: string) =>
        chunk({
          tool_calls: [{ index, id: `functions.${name}:${index}`, function: { name, arguments: text } }],
        });
      for (let at = 0; at < g.length; at++) {
        const served = await serve((response, _, count) => {
          const cut = [chunk({ content: 'Now.' }), call(0, 'f', f), call(1, 'g', g.slice(0, at))];
          const rest = chunk({ content: `${g.slice(at)}<|tool_call_end|>${CLOSE}` });
          const ends = reason === null ? [] : [chunk({}, reason), '[DONE]'];
          answerStream(response, count === 0 ? sse(...cut, ...ends) : sse(rest, chunk({}, 'stop'), '[DONE]'));
        });
        const model = chat(served.baseUrl, 'continue-final-message', false);
        const { turn, error } = await noted(model, { ...request, thinking: 'off' });
        const calls = [
          { index: 0, id: 'functions.f:0', name: 'f', arguments: f },
          { index: 1, id: 'functions.g:1', name: 'g', arguments: g },
        ];
        // Nothing of the arguments and a whole answer: that is a call without arguments.
        if (at === 0 && reason === 'tool_calls') calls[1] = { ...calls[1]!, arguments: '{}' };
        expect([error, turn.calls], g.slice(0, at)).toEqual([undefined, calls]);
      }
    },
  );

  test('and take further calls of the rest apart give them the next index', async () => {
    const served = await serve((response, _, count) => {
      const g = { index: 0, id: 'functions.g:1', function: { name: 'g', arguments: '{"y":1}' } };
      if (count === 0)
        answerStream(
          response,
          sse(chunk({ content: ANSWER.slice(THINK.length, POSITIONS[70]) }, 'length'), '[DONE]'),
        );
      else
        answerStream(
          response,
          sse(chunk({ content: '"}<|tool_call_end|>' }), chunk({ tool_calls: [g] }, 'stop'), '[DONE]'),
        );
    });
    const model = openaiChat({
      baseUrl: served.baseUrl,
      model: 'kimi-k2.6',
      continuation: 'append-final-message',
    });
    const { turn } = await noted(model);
    expect(turn.calls).toMatchObject([
      { index: 0, name: 'f', id: 'functions.f:0' },
      { index: 1, name: 'g', id: 'functions.g:1', arguments: '{"y":1}' },
    ]);
  });

  test('fall back to length when they begin anew', async () => {
    const first = sse(chunk({ content: ANSWER.slice(THINK.length, INSIDE_F) }, 'length'), '[DONE]');
    const f = { index: 0, id: 'functions.f:0', function: { name: 'f', arguments: '{"x":1}' } };
    const rests = [
      sse(chunk({ tool_calls: [f] }, 'tool_calls'), '[DONE]'),
      sse(chunk({ content: 'Sorry, I was cut off.' }, 'stop'), '[DONE]'),
      sse(chunk({ content: ANSWER.slice(THINK.length) }, 'stop'), '[DONE]'),
    ];
    for (const rest of rests) {
      const served = await serve((response, _, count) => answerStream(response, count === 0 ? first : rest));
      const model = openaiChat({
        baseUrl: served.baseUrl,
        model: 'kimi-k2.6',
        continuation: 'append-final-message',
      });
      const { turn, error, actions } = await noted(model);
      expect(error).toBeUndefined();
      expect(turn).toMatchObject({ finishReason: 'length', calls: [], cut: { arguments: '{"x":' } });
      expect([served.seen.length, actions]).toEqual([2, ['parsing leaked', 'truncation cut']]);
    }
  });

  test.each([
    { model: 'kimi-k3' },
    { model: 'Hermes-4-70B' },
    { model: 'kimi-k2.6', format: 'hermes' } as const,
  ])('are not asked to where the model writes calls in another way: %o', async (options) => {
    const served = await serve((response) =>
      answerStream(
        response,
        sse(chunk({ content: ANSWER.slice(THINK.length, INSIDE_F) }, 'length'), '[DONE]'),
      ),
    );
    const { baseUrl } = served;
    await noted(openaiChat({ baseUrl, continuation: 'continue-final-message', ...options }));
    expect(served.seen).toHaveLength(1);
  });
});

/** Where a model that stops has said all it wanted: behind a whole call, or its own end of the message. */
function mayStop(position: number): boolean {
  const before = ANSWER.slice(0, position);
  const call = before.slice(before.lastIndexOf('<|tool_call_begin|>'));
  return before.trimEnd().endsWith('<|im_end|>') || /(é"|\] )\}/.test(call) || /_begin\|>$/.test(before);
}
