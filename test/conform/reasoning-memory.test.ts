import { describe, expect, test } from 'vitest';
import { ReasoningMemory } from '../../src/conform/index.ts';
import {
  type AssistantMessage,
  type Message,
  type ModelRequest,
  markLasting,
  type Note,
  type Turn,
} from '../../src/core/index.ts';
import { call, result, turn, user } from './fixtures.ts';

const remembering = (bytes = 1_000_000) => new ReasoningMemory({ bytes });

/** What the model answered, as its client shows it back without reasoning. */
function answer(message: AssistantMessage, reasoning: string, signature?: string): Turn {
  const calls = (message.toolCalls ?? []).map((toolCall, index) => ({ ...toolCall, index }));
  return {
    content: message.content as string,
    reasoning,
    calls,
    unresolved: [],
    finishReason: 'tool-calls',
    truncated: false,
    ...(signature !== undefined && { reasoningSignature: signature }),
  };
}

function restored(
  memory: ReasoningMemory,
  messages: Message[],
  tenant = 't',
  rest: Partial<ModelRequest> = {},
) {
  const notes: Note[] = [];
  const request: ModelRequest = { messages, ...rest };
  const back = memory.restore(tenant, request, (note) => notes.push(note));
  return {
    reasonings: back.messages.flatMap((m) => (m.role === 'assistant' ? [m.reasoning] : [])),
    actions: notes.map(({ action }) => action),
    untouched: back === request,
    notes,
    back,
  };
}

const firstCall = call('functions.run:0', 'run', '{"b":1,"a":"é"}');
const first = { ...turn(firstCall), content: 'I look.' };
const asked = [user('question')];
const next = [...asked, first, result('functions.run:0', 'found')];

function withFirst(memory = remembering()) {
  memory.keep('t', { messages: asked }, answer(first, 'because', 'signed'));
  return memory;
}

test('what a client dropped is put back, with its signature, and told', () => {
  const { back, notes } = restored(withFirst(), next);
  expect(back.messages).toEqual([
    user('question'),
    { ...first, reasoning: 'because', reasoningSignature: 'signed' },
    next[2],
  ]);
  expect(notes).toEqual([
    {
      stage: 'reasoning',
      action: 'restored',
      text: 'messages[1] is sent with the reasoning that was dropped.',
    },
  ]);
});

test('every turn of a long conversation is put back, whichever the client dropped', () => {
  const memory = remembering();
  const messages: Message[] = [...asked];
  for (let at = 0; at < 20; at++) {
    // What was restored for the request serves its answer.
    const request = memory.restore('t', { messages: [...messages] }, () => {});
    const message = turn(call(`functions.run:${at}`, 'run', `{"at":${at}}`));
    memory.keep('t', request, answer(message, `reason ${at}`));
    messages.push(message, result(`functions.run:${at}`, `${at}`));
  }
  const all = Array.from({ length: 20 }, (_, at) => `reason ${at}`);
  expect(restored(memory, messages).reasonings).toEqual(all);
  const some = messages.map((m, at) => (at === 5 ? { ...m, reasoning: 'own' } : m));
  expect(restored(memory, some as Message[]).reasonings).toEqual(all.map((r, at) => (at === 2 ? 'own' : r)));
});

describe('is found again although the client', () => {
  test.each<[string, Message[]]>([
    ['renamed ids', [...asked, { ...first, toolCalls: [{ ...firstCall, id: 'x' }] }, result('x')]],
    ['trimmed texts', [user(' question\n'), { ...first, content: 'I look.\n\n' }]],
    ['wrote content as parts', [user([{ type: 'text', text: 'question' }]), first]],
    [
      'wrote arguments anew',
      [...asked, { ...first, toolCalls: [call('i', 'run', '{ "a": "\\u00e9", "b": 1.0 }')] }],
    ],
    ['dropped the text beside the calls', [...asked, turn(firstCall), result('functions.run:0')]],
    ['sent an empty reasoning', [...asked, { ...first, reasoning: ' ' }]],
    ['added an empty message', [user(''), ...asked, { role: 'assistant', content: [] }, first]],
  ])('%s', (_, messages) => {
    expect(restored(withFirst(), messages).actions).toEqual(['restored']);
  });

  test('drops the text beside the calls of every turn', () => {
    const memory = remembering();
    const messages: Message[] = [...asked];
    for (let at = 0; at < 3; at++) {
      const request = memory.restore('t', { messages: [...messages] }, () => {});
      const message = turn(call(`functions.run:${at}`, 'run', `{"at":${at}}`));
      memory.keep('t', request, answer({ ...message, content: `Now ${at}.` }, `reason ${at}`));
      messages.push(message, result(`functions.run:${at}`));
    }
    expect(restored(memory, messages).reasonings).toEqual(['reason 0', 'reason 1', 'reason 2']);
  });

  test('sends null for no content beside calls', () => {
    const memory = remembering();
    memory.keep('t', { messages: asked }, answer(turn(call('a')), 'because'));
    expect(restored(memory, [...asked, { ...turn(call('b')), content: [] }]).reasonings).toEqual(['because']);
  });
});

describe('is not given to another', () => {
  test.each<[string, Message[], string?, Partial<ModelRequest>?]>([
    ['tenant', next, 'other'],
    ['tenant whose name and key make up the same text', next, 't\no1:t'],
    ['cache key', next, 't', { cacheKey: 'k' }],
    ['question with the same ids', [user('other'), first]],
    ['system prompt', [{ role: 'system', content: 's' }, ...asked, first]],
    ['role', [{ role: 'system', content: 'question' }, first]],
    ['arguments', [...asked, { ...first, toolCalls: [call('functions.run:0', 'run', '{"b":2,"a":"é"}')] }]],
    ['tool', [...asked, { ...first, toolCalls: [{ ...firstCall, name: 'read' }] }]],
    ['answer', [...asked, { ...first, content: 'I see.' }]],
    ['number of calls', [...asked, { ...first, toolCalls: [firstCall, call('b')] }]],
    [
      'image',
      [
        user([
          { type: 'text', text: 'question' },
          { type: 'image', url: 'data:,a' },
        ]),
        first,
      ],
    ],
    ['split of the same text', [user('quest'), user('ion'), first]],
  ])('%s', (_, messages, tenant, rest) => {
    const memory = withFirst();
    const { untouched, actions } = restored(memory, messages, tenant, rest);
    expect([untouched, actions, memory.misses]).toEqual([true, [], 1]);
  });

  test('conversation that differs before, even where the turn itself is the same', () => {
    const memory = remembering();
    const second = turn(call('functions.run:1'));
    const history = (text: string) => [...asked, first, result('functions.run:0', text)];
    memory.keep('t', { messages: history('one') }, answer(second, 'of one'));
    memory.keep('t', { messages: history('two') }, answer(second, 'of two'));
    expect(restored(memory, [...history('one'), second]).reasonings).toEqual([undefined, 'of one']);
    expect(restored(memory, [...history('two'), second]).reasonings).toEqual([undefined, 'of two']);
    expect(restored(memory, [...history('three'), second]).reasonings).toEqual([undefined, undefined]);
  });
});

test('conversations that cannot be told apart get none of their reasonings, from then on', () => {
  const memory = withFirst();
  memory.keep('t', { messages: asked }, answer(first, 'because'));
  expect(restored(memory, next).reasonings).toEqual(['because']);
  memory.keep('t', { messages: asked }, answer(first, 'otherwise'));
  memory.keep('t', { messages: asked }, answer(first, 'because'));
  const { reasonings, notes } = restored(memory, next);
  expect(reasonings).toEqual([undefined]);
  expect(notes).toEqual([
    {
      stage: 'reasoning',
      action: 'unclear',
      text: 'messages[1] stands in conversations that look the same and differ in their reasoning.',
    },
  ]);
});

test('without the text beside its calls a turn gets none where another with these calls was thought otherwise', () => {
  const memory = withFirst();
  memory.keep('t', { messages: asked }, answer({ ...first, content: 'I try.' }, 'otherwise'));
  const bare = [...asked, turn(firstCall)];
  expect(restored(memory, bare)).toMatchObject({ reasonings: [undefined], actions: ['unclear'] });
  expect(restored(memory, next).reasonings).toEqual(['because']);
});

test('two answers to one restored request do not build on each other', () => {
  const memory = withFirst();
  const request = memory.restore('t', { messages: next }, () => {});
  const [one, two] = [turn(call('a', 'one')), turn(call('a', 'two'))];
  memory.keep('t', request, answer(one, 'of one'));
  memory.keep('t', request, answer(two, 'of two'));
  expect(restored(memory, [...next, one]).reasonings).toEqual(['because', 'of one']);
  expect(restored(memory, [...next, two]).reasonings).toEqual(['because', 'of two']);
});

test('an answer is kept under what its client asked, also when another tenant handed the same messages in', () => {
  const memory = withFirst();
  const second = turn(call('b'));
  memory.restore('t', { messages: next }, () => {});
  memory.keep('other', { messages: next }, answer(second, 'of other'));
  expect(restored(memory, [...next, second]).reasonings).toEqual(['because', undefined]);
  expect(restored(memory, [...next, second], 'other').reasonings).toEqual([undefined, 'of other']);
});

test('only turns with calls and reasoning are kept, and nothing is done where nothing is missing', () => {
  const memory = remembering();
  memory.keep('t', { messages: asked }, answer({ role: 'assistant', content: 'a' }, 'because'));
  memory.keep('t', { messages: asked }, answer(first, '\n'));
  expect(memory.size).toBe(0);
  const whole = [...asked, { ...first, reasoning: 'own' }, result('functions.run:0')];
  expect(restored(memory, whole).untouched).toBe(true);
  expect([memory.hits, memory.misses]).toEqual([0, 0]);
});

describe('the room', () => {
  const bare = turn(firstCall);
  const ask = (at: number) => [user(`${at}`)];
  const fill = (memory: ReasoningMemory, count: number, length: number) => {
    for (let at = 0; at < count; at++)
      memory.keep('t', { messages: ask(at) }, answer(bare, 'é'.repeat(length)));
  };

  test('is bounded in bytes, and what was used longest ago goes first', () => {
    const memory = remembering(100_000);
    fill(memory, 8, 5_000);
    restored(memory, [...ask(0), bare]);
    for (let at = 8; at < 12; at++) memory.keep('t', { messages: ask(at) }, answer(bare, 'é'.repeat(5_000)));
    expect(memory.bytes).toBeLessThanOrEqual(100_000);
    expect(memory.size).toBe(9);
    expect(restored(memory, [...ask(0), bare]).actions).toEqual(['restored']);
    expect(restored(memory, [...ask(1), bare]).actions).toEqual([]);
    expect([memory.hits, memory.misses]).toEqual([2, 1]);
  });

  test('keeps nothing that is larger than itself', () => {
    const memory = remembering(1000);
    fill(memory, 1, 5_000);
    expect([memory.size, memory.bytes]).toEqual([0, 0]);
  });

  test('many small ones count with what each takes', () => {
    const memory = remembering(10_000);
    fill(memory, 1000, 1);
    expect(memory.size).toBeLessThan(40);
  });
});

test('hostile arguments and texts do no harm', () => {
  const memory = remembering();
  const nested = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
  for (const text of [nested, '{"__proto__":{"a":1}}', '{', '\u0000', '\ud800']) {
    const message = { ...turn(call('a', 'run', text)), content: text };
    memory.keep('t', { messages: [user(text)] }, answer(message, `${text.slice(0, 100)}\ud800`));
    expect(restored(memory, [user(text), message]).reasonings).toEqual([`${text.slice(0, 100)}\ud800`]);
  }
});

describe('what clients make of an answer', () => {
  test('a stream helper that kept the last delta alone gets the whole reasoning back', () => {
    const shown = next.map((message) => (message === first ? { ...first, reasoning: 'cause' } : message));
    expect(restored(withFirst(), shown)).toMatchObject({ reasonings: ['because'], actions: ['restored'] });
  });

  test('a client that trimmed it gets back what the model wrote, and one that did not is left alone', () => {
    const memory = remembering();
    const wrote = 'I look.\n\n  Then I act. ';
    memory.keep('t', { messages: asked }, answer(first, wrote));
    const sent = (reasoning: string): Message[] => [...asked, { ...(first as AssistantMessage), reasoning }];
    expect(restored(memory, sent(wrote.trim())).reasonings).toEqual([wrote]);
    expect(restored(memory, sent(wrote)).untouched).toBe(true);
  });

  test('a reasoning that is no rest of ours is the word of the client', () => {
    for (const reasoning of ['because', 'be', 'another']) {
      const shown = next.map((message) => (message === first ? { ...first, reasoning } : message));
      expect(restored(withFirst(), shown).untouched).toBe(true);
    }
  });

  test('text and calls may be shown as two messages', () => {
    const { reasoning: _, ...calls } = { ...first, content: '', reasoning: '' };
    const shown: Message[] = [...asked, { role: 'assistant', content: 'I look.' }, calls, next[2]!];
    expect(restored(withFirst(), shown).reasonings).toEqual([undefined, 'because']);
  });
});

test('messages that last are told apart by all that stands before them, and by their owner', () => {
  const memory = remembering();
  const lasting = next.map((message) => markLasting({ ...message }));
  const other = markLasting(user('another question'));
  memory.keep('t', { messages: [lasting[0]!] }, answer(first, 'because'));
  for (let time = 0; time < 2; time++) {
    expect(restored(memory, lasting).reasonings).toEqual(['because']);
    expect(restored(memory, lasting, 'another tenant').reasonings).toEqual([undefined]);
    expect(restored(memory, lasting, 't', { cacheKey: 'k' }).reasonings).toEqual([undefined]);
    expect(restored(memory, [other, ...lasting.slice(1)]).reasonings).toEqual([undefined]);
    expect(restored(remembering(), lasting).reasonings).toEqual([undefined]);
  }
});
