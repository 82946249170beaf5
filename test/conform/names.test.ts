import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namesBack, namesStage, type Target } from '../../src/conform/index.ts';
import type { ModelRequest, Note, StreamEvent } from '../../src/core/index.ts';

const TARGET: Target = { modelId: 'kimi-k2.6', protocol: 'openai-chat' };
const SAFE = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;

describe('names that hosts refuse', () => {
  it('are sent under others, the same in every request', () => {
    const names = [
      '21st_magic_component_builder',
      'fs.read',
      'mein wörtchen',
      'x'.repeat(100),
      '天气',
      '-a',
      '',
    ];
    const sent = sentNames(names);
    expect(sent).toEqual([
      '_21st_magic_component_builder',
      'fs_read',
      'mein_wortchen',
      expect.stringMatching(/^x{55}_[0-9a-f]{8}$/),
      expect.stringMatching(/^tool_[0-9a-f]{8}$/),
      '_-a',
      expect.stringMatching(/^tool_[0-9a-f]{8}$/),
    ]);
    expect(names.map((name) => sentNames([name])[0])).toEqual(sent);
  });

  it('stay apart when they would look the same', () => {
    const sent = sentNames(['a.b', 'a_b', 'a b']);
    expect(sent).toEqual([
      expect.stringMatching(/^a_b_[0-9a-f]{8}$/),
      'a_b',
      expect.stringMatching(/^a_b_[0-9a-f]{8}$/),
    ]);
    expect(new Set(sent).size).toBe(3);
  });

  it('are left alone where there are none, as the same request', () => {
    const request = requestOf(['a', 'read_file', 'mcp__x-y']);
    expect(namesStage(request, TARGET, fail)).toBe(request);
    expect(namesBack(request, request, TARGET, fail)).toBeUndefined();
  });

  it('stay in the history of a request without tools, unless the protocol has a rule for them', () => {
    const request: ModelRequest = {
      messages: [
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: 'functions.a.b:0', name: 'a.b', arguments: '{}' }],
        },
        { role: 'tool', toolCallId: 'functions.a.b:0', content: '1' },
      ],
    };
    expect(namesStage(request, TARGET, fail)).toBe(request);
    const { messages } = namesStage(request, { ...TARGET, protocol: 'anthropic-messages' }, () => {});
    expect(messages[1]).toMatchObject({ toolCallId: 'functions.a_b:0' });
  });

  it('are renamed in the choice, in the calls and results of the history and in canonical ids', () => {
    const notes: Note[] = [];
    const request: ModelRequest = {
      tools: [{ name: 'a.b' }],
      toolChoice: { name: 'a.b' },
      messages: [
        { role: 'user', content: 'go' },
        {
          role: 'assistant',
          content: '',
          toolCalls: [
            { id: 'functions.a.b:0', name: 'a.b', arguments: '{}' },
            { id: 'call_7', name: 'gone.tool', arguments: '{}' },
          ],
        },
        { role: 'tool', toolCallId: 'functions.a.b:0', name: 'a.b', content: '1' },
        { role: 'tool', toolCallId: 'call_7', content: '2' },
      ],
    };
    const sent = namesStage(request, TARGET, (note) => notes.push(note));
    expect(sent.tools).toEqual([{ name: 'a_b' }]);
    expect(sent.toolChoice).toEqual({ name: 'a_b' });
    expect(sent.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        toolCalls: [
          { id: 'functions.a_b:0', name: 'a_b', arguments: '{}' },
          { id: 'call_7', name: 'gone_tool', arguments: '{}' },
        ],
      },
      { role: 'tool', toolCallId: 'functions.a_b:0', name: 'a_b', content: '1' },
      { role: 'tool', toolCallId: 'call_7', content: '2' },
    ]);
    expect(notes).toEqual([
      {
        stage: 'names',
        action: 'renamed',
        text: 'Sent tool names that hosts refuse under others: "a.b" as a_b, "gone.tool" as gone_tool.',
      },
    ]);
  });

  it('are numbered where they repeat, each tool at its place', () => {
    const notes: Note[] = [];
    const request = requestOf(['read', 'read', 'read_2', 'read']);
    const sent = namesStage(request, TARGET, (note) => notes.push(note));
    expect(sent.tools?.map(({ name }) => name)).toEqual(['read', 'read_3', 'read_2', 'read_4']);
    expect(notes.map(({ action }) => action)).toEqual(['told-apart', 'told-apart']);
    expect(back(request, [start('functions.read_3:0', 'read_3')])).toEqual([
      start('functions.read:0', 'read'),
    ]);
  });
});

describe('the calls of an answer', () => {
  const request = requestOf(['a.b', 'c']);

  it('get the names of the client again', () => {
    const events: StreamEvent[] = [
      start('functions.a_b:3', 'a_b'),
      { type: 'tool-call-delta', index: 0, delta: '{}' },
      { type: 'tool-call-end', index: 0 },
      { ...start('functions.c:4', 'c'), index: 1 },
      { type: 'tool-call-invalid', reason: 'cut', index: 1, rawId: 'x', name: 'a_b', arguments: '{' },
    ];
    expect(back(request, events)).toEqual([
      start('functions.a.b:3', 'a.b'),
      ...events.slice(1, 4),
      { ...events[4], name: 'a.b' },
    ]);
  });

  it('may be written with the name of the client', () => {
    const invalid = {
      type: 'tool-call-invalid',
      reason: 'undeclared',
      index: 0,
      rawId: '',
      name: 'a.b',
    } as const;
    const written = start('functions.a.b:0', 'a.b');
    expect(back(request, [written, { ...invalid, arguments: '{"x":1}' }])).toEqual([
      written,
      { type: 'tool-call-end', index: 0 },
    ]);
    expect(back(request, [written, { ...invalid, arguments: '[1]' }])).toEqual([
      written,
      { ...invalid, reason: 'invalid-arguments', arguments: '[1]' },
    ]);
    const other = { ...invalid, name: 'nobody', arguments: '{}' };
    expect(back(request, [other])).toEqual([other]);
  });

  it('never get an id twice, though two aliases of one name may have the same number', () => {
    const twice = requestOf(['read', 'read']);
    const events = [
      start('functions.read:0', 'read'),
      { ...start('functions.read_2:0', 'read_2'), index: 1 },
    ];
    const ids = back(twice, events).map((event) => 'id' in event && event.id);
    expect(ids).toEqual(['functions.read:0', 'functions.read:1']);
  });
});

it('whatever the names are, those sent are safe, unique and lead back', () => {
  const name = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('a', 'a.b', 'a_b', '__proto__', 'constructor', 'a_b_2'),
  );
  fc.assert(
    fc.property(fc.array(name, { maxLength: 8 }), (names) => {
      const request = requestOf(names);
      const sent = sentNames(names);
      expect(sent.every((alias) => SAFE.test(alias))).toBe(true);
      expect(new Set(sent).size).toBe(names.length);
      const events = sent.map((alias, index) => ({ ...start(`call_${index}`, alias), index }));
      const returned = back(request, events).map((event) => 'name' in event && event.name);
      expect(returned).toEqual(names);
    }),
  );
});

function requestOf(names: readonly string[]): ModelRequest {
  return { messages: [{ role: 'user', content: 'go' }], tools: names.map((name) => ({ name })) };
}

function sentNames(names: readonly string[]): string[] {
  return namesStage(requestOf(names), TARGET, () => {}).tools?.map(({ name }) => name) ?? [];
}

function start(id: string, name: string) {
  return { type: 'tool-call-start', index: 0, id, name } as const;
}

function back(request: ModelRequest, events: readonly StreamEvent[]): StreamEvent[] {
  const stage = namesBack(
    request,
    namesStage(request, TARGET, () => {}),
    TARGET,
    () => {},
  );
  const out: StreamEvent[] = [];
  for (const event of events) {
    if (stage) stage.push(event, out);
    else out.push(event);
  }
  return out;
}

function fail(note: Note): void {
  throw new Error(`told ${note.text}`);
}
