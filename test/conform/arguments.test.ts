import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { argumentsStage } from '../../src/conform/index.ts';
import type { StreamEvent } from '../../src/core/index.ts';
import { workedMs } from '../work-time.ts';
import { actions, closing, invalid, isObject, SCHEMA, send } from './send-call.ts';

describe('arguments with one possible meaning are put right', () => {
  test.each([
    ['an integer in a string', '{"n": "3"}', '{"n": 3}'],
    ['a fraction in a string', '{"x":"-2.5"}', '{"x":-2.5}'],
    ['an array in a string, with a number in a string in it', '{"list":"[1, \\"2\\"]"}', '{"list":[1, 2]}'],
    [
      'an object in a string, behind a reference',
      '{"nested":"{\\"flag\\":\\"true\\"}"}',
      '{"nested":{"flag":true}}',
    ],
    ['numbers in a string as they are written', '{"n":"3.0","x":"1.50"}', '{"n":3.0,"x":1.50}'],
    [
      "Python's words in a string",
      '{"nested":{"flag":"True"},"maybe":"None"}',
      '{"nested":{"flag":true},"maybe":null}',
    ],
    ["Python's list in a string", `{"list":"[1, '2',]"}`, '{"list":[1, 2]}'],
    [
      'an object in a string, with raw line breaks in it',
      '{"nested":"{\\"more\\":\\"a\\nb\\"}"}',
      '{"nested":{"more":"a\\nb"}}',
    ],
    ['a null in a string', '{"maybe":"null"}', '{"maybe":null}'],
    ['a stray backslash', '{"text":"\\d+\\.\\w"}', '{"text":"\\\\d+\\\\.\\\\w"}'],
    ['raw line breaks and tabs', '{"text":"a\nb\tc\u0000"}', '{"text":"a\\nb\\tc\\u0000"}'],
    ['trailing commas', '{"list":[1,2, ],}', '{"list":[1,2 ]}'],
    ['Python constants', '{"any":[True,False,None]}', '{"any":[true,false,null]}'],
    ['single quotes', `{'text': 'it\\'s "so"', 'n': 1}`, `{"text": "it's \\"so\\"", "n": 1}`],
    ['surplus closers', '{"n":1}}]', '{"n":1}'],
    ['a fence', '```json\n{"n":1}\n```', '{"n":1}'],
    ['a fence behind a line break, its language behind a space', '\n``` json\n{"n":1}\n```', '{"n":1}'],
    ['an object in a string in a string', JSON.stringify(JSON.stringify("{'n':1}")), '{"n":1}'],
    ['a string that holds the object', JSON.stringify('{"n":"1"}'), '{"n":1}'],
    ['nothing', '', '{}'],
  ])('%s', (_, raw, text) => {
    const answer = send([raw]);
    expect(answer.text).toBe(text);
    expect(closing(answer)).toBe('tool-call-end');
    expect(actions(answer)).toEqual(['repaired']);
  });

  test('a note says tool, place and kind, never a value', () => {
    const { notes } = send(['{"nested":{"deeper":{"flag":"true"}}, "list":["77"]}']);
    expect(notes).toEqual([
      {
        stage: 'arguments',
        action: 'repaired',
        text: 'Call of "tool": put right a value inside a string (nested.deeper.flag), a value inside a string (list[0]).',
      },
    ]);
  });
});

describe('what may have been meant in another way stays as it is', () => {
  test.each([
    ['a number in another spelling', '{"n":"007"}'],
    ['a number that loses digits', '{"n":"12345678901234567890"}'],
    ['a fraction where an integer is wanted', '{"n":"1.5"}'],
    ['a string where a string may be', '{"both":"3","text":"[1]","any":"true"}'],
    ['a string that is no array', '{"list":"a, b"}'],
    ['another word for true', '{"nested":{"flag":"yes"}}'],
  ])('%s', (_, raw) => {
    expect(send([raw]).text).toBe(raw);
  });

  test.each([
    ['an escape of another language', '{"text":"\\x41 \\$HOME"}'],
    ['a stray backslash beside escapes that may be stray too', '{"text":"C:\\temp\\dir"}'],
    ['a missing bracket', '{"n":1'],
    ['an open string', '{"text":"a'],
    ['words without quotes', '{text: hello}'],
    ['an array', '[1,2]'],
    ['a string', '"hello"'],
    ['a fence around something else', '```\nls -la\n```'],
    ['two objects', '{"n":1}{"n":2}'],
  ])('%s: the call stays invalid', (_, raw) => {
    const answer = send([raw]);
    expect(answer.text).toBe(raw);
    expect(closing(answer)).toBe('tool-call-invalid');
    expect(actions(answer)).toEqual(['invalid']);
  });

  test('a call that was cut is handed on as far as it came', () => {
    const request = { messages: [], tools: [{ name: 'tool', parameters: SCHEMA }] };
    const target = { modelId: 'm', protocol: 'openai-chat' } as const;
    const stage = argumentsStage(request, request, target, () => {})!;
    const events: StreamEvent[] = [];
    stage.push({ type: 'tool-call-start', index: 0, id: 'functions.tool:0', name: 'tool' }, events);
    stage.push({ type: 'tool-call-delta', index: 0, delta: '{"n": "1' }, events);
    expect(events).toHaveLength(1);
    const cut = invalid('{"n": "1', 'cut');
    stage.push(cut, events);
    expect(events.at(-2)).toEqual({ type: 'tool-call-delta', index: 0, delta: '{"n": "1' });
    expect(events.at(-1)).toBe(cut);
  });
});

describe('the stream stays live', () => {
  test('healthy arguments pass as the very events that came, at once', () => {
    const text = '{"text":"a \\"quoted\\" \\u00e9\\n line","n":-1.5e3,"list":[1, 2],"any":{"k":null}}';
    for (let size = 1; size < 9; size++) {
      const answer = send(text.match(new RegExp(`.{1,${size}}`, 'gs'))!);
      expect(answer.events.every((event, at) => event === answer.input[at])).toBe(true);
      expect(answer.events).toHaveLength(answer.input.length);
    }
  });

  test('a text is not held although what came before it was repaired', () => {
    const request = { messages: [], tools: [{ name: 'tool', parameters: SCHEMA }] };
    const target = { modelId: 'm', protocol: 'openai-chat' } as const;
    const stage = argumentsStage(request, request, target, () => {})!;
    const events: StreamEvent[] = [];
    stage.push({ type: 'tool-call-start', index: 0, id: 'functions.tool:0', name: 'tool' }, events);
    for (const delta of ['{"n":"', '3', '","text":"long ', 'text'])
      stage.push({ type: 'tool-call-delta', index: 0, delta }, events);
    expect(events.slice(1)).toEqual([
      { type: 'tool-call-delta', index: 0, delta: '{"n":3,"text":"long ' },
      { type: 'tool-call-delta', index: 0, delta: 'text' },
    ]);
  });

  test('calls that interleave do not disturb one another', () => {
    const request = { messages: [], tools: [{ name: 'tool', parameters: SCHEMA }] };
    const target = { modelId: 'm', protocol: 'openai-chat' } as const;
    const stage = argumentsStage(request, request, target, () => {})!;
    const events: StreamEvent[] = [];
    for (const index of [0, 1])
      stage.push({ type: 'tool-call-start', index, id: `functions.tool:${index}`, name: 'tool' }, events);
    for (const delta of ['{"n":', '"4', '2"}'])
      for (const index of [0, 1]) stage.push({ type: 'tool-call-delta', index, delta }, events);
    for (const index of [0, 1]) stage.push({ type: 'tool-call-end', index }, events);
    const text = (of: number) =>
      events
        .map((event) => (event.type === 'tool-call-delta' && event.index === of ? event.delta : ''))
        .join('');
    expect([text(0), text(1)]).toEqual(['{"n":42}', '{"n":42}']);
  });

  test('without tools there is nothing to do', () => {
    const request = { messages: [] };
    expect(
      argumentsStage(request, request, { modelId: 'm', protocol: 'openai-chat' }, () => {}),
    ).toBeUndefined();
  });

  test.each([
    ['a long text', '{"text":"', 'line\\n \\"x\\" ', '"}'],
    ['a long value in a string', '{"list":"[', '1, ', '1]"}'],
    ['a long text with stray backslashes', '{"text":"\\d', 'ab\\d', '"}'],
    ['many values in strings', '{"list":[', '"1",', '"1"]}'],
    ['many control characters', '{"text":"', 'a\n', '"}'],
    ['many single quotes', "{'a':[", "'a',", "'a']}"],
    ['a deep nest', '{"any":', '[', ''],
  ])('%s of a megabyte takes time in proportion, whole or in pieces', (_, begin, middle, end) => {
    const text = begin + middle.repeat(1_000_000 / middle.length) + end;
    const pieces = text.match(/.{1,4}/gs)!;
    const started = process.cpuUsage();
    expect(send([text]).text).toBe(send(pieces).text);
    expect(workedMs(started)).toBeLessThan(10_000);
  });
});

/** Text that is nearly JSON, made of what the scanner looks at. */
const nearlyJson = fc
  .array(
    fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        "'",
        '\\',
        '\\"',
        '\\n',
        '\\d',
        '\n',
        ' ',
        'True',
        'None',
        'Tr',
        '1',
        '```',
      ],
      ...[
        '"n":"3"',
        '"list":"[1]"',
        '"nested":',
        '"text":"',
        '{"n":',
        "'text':'",
        'null',
        '\\u00',
        '\\x',
        'é',
        '\ud83d',
      ],
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));
const text = fc.oneof(
  nearlyJson,
  nearlyJson.map((inner) => `{"text":"${inner}"}`),
  nearlyJson.map((inner) => `{"nested":${inner}}`),
  fc.json(),
  fc.json().map((json) => `{"list":${JSON.stringify(json)},"any":${json}}`),
);

function cutAt(whole: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
  return [...places, whole.length].map((to, at) => whole.slice(at === 0 ? 0 : places[at - 1], to));
}

describe('laws', () => {
  test('what comes out does not depend on how the text was cut', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(500), { maxLength: 30 }), (whole, cuts) => {
        const once = send([whole]);
        const often = send(cutAt(whole, cuts));
        expect(often.text).toBe(once.text);
        expect(often.events.at(-2)).toEqual(once.events.at(-2));
        expect(often.notes).toEqual(once.notes);
      }),
      { numRuns: 3000 },
    );
  });

  test('valid arguments of a schema that is not known pass byte for byte', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.nat(500)), (value, cuts) => {
        const json = JSON.stringify(value, null, cuts.length % 3);
        const answer = send(cutAt(json, cuts), {});
        expect(answer.text).toBe(json);
        expect(answer.notes).toEqual([]);
      }),
    );
  });

  test('a call is closed as whole only if what was sent is an object', () => {
    fc.assert(
      fc.property(text, (whole) => {
        const answer = send([whole]);
        expect(closing(answer) === 'tool-call-end').toBe(isObject(answer.text));
      }),
      { numRuns: 2000 },
    );
  });
});
