import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { compactFront, responsesFront } from '../../src/protocols/index.ts';
import { CustomInput, customInput } from '../../src/protocols/openai-responses/custom-input.ts';
import { asked, decode, encodeOptions, eventsOf, finish, type Json, streamText, text } from './responses.ts';

const itemTypes = [
  ...[
    'message',
    'reasoning',
    'function_call',
    'function_call_output',
    'custom_tool_call',
    'custom_tool_call_output',
  ],
  ...['item_reference', 'additional_tools', 'tool_search_call', 'tool_search_output', 'local_shell_call'],
  ...[
    'local_shell_call_output',
    'shell_call',
    'shell_call_output',
    'apply_patch_call',
    'apply_patch_call_output',
  ],
  ...[
    'configuration_update',
    'compaction',
    'compaction_trigger',
    'additional_tools',
    'computer_call',
    'computer_call_output',
    'mcp_call',
    'code_interpreter_call',
    'file_search_call',
    'constructor',
  ],
];
const fieldNames = [
  ...[
    'id',
    'call_id',
    'role',
    'content',
    'name',
    'namespace',
    'arguments',
    'input',
    'output',
    'summary',
    'tools',
  ],
  ...[
    'encrypted_content',
    'action',
    'actions',
    'operation',
    'status',
    'outputs',
    'results',
    'code',
    'reasoning',
    'text',
    '__proto__',
  ],
];
const anyItem = fc
  .tuple(
    fc.constantFrom(...itemTypes),
    fc.dictionary(fc.constantFrom(...fieldNames), fc.jsonValue({ maxDepth: 3 })),
  )
  .map(([type, fields]) => ({ type, ...fields }));

test('law: whatever a request holds, it is taken or refused with the place', () => {
  const fields = fc.constantFrom(
    'input',
    'tools',
    'tool_choice',
    'text',
    'reasoning',
    'include',
    'metadata',
    'stop',
  );
  fc.assert(
    fc.property(
      fc.array(anyItem, { maxLength: 6 }),
      fc.dictionary(fields, fc.jsonValue({ maxDepth: 4 })),
      (input, more) => {
        for (const json of [asked({ input }), asked(more)]) {
          for (const front of [responsesFront, compactFront]) {
            try {
              const { request, reply } = front.decodeRequest(json, { recallItem: () => undefined });
              expect(JSON.stringify(request)).toBeTypeOf('string');
              expect(reply.added.length).toBeLessThanOrEqual(request.messages.length);
            } catch (error) {
              expect(error).toBeInstanceOf(PerigeeError);
              expect((error as PerigeeError).param).toBeTypeOf('string');
            }
          }
        }
      },
    ),
  );
});

test('nesting that would break whoever writes it again is refused, and a deep schema is not', () => {
  const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
  const tool = (levels: number) => ({ tools: [{ type: 'function', name: 'f', parameters: nested(levels) }] });
  expect(decode(tool(200)).request.tools).toHaveLength(1);
  expect(() => decode(tool(100_000))).toThrow(PerigeeError);
  expect(() => decode({ metadata: nested(100_000) })).toThrow(/levels deep/);
});

test('prototype keys are fields like others', () => {
  const json = JSON.parse('{"model":"m","input":"hi","__proto__":{"polluted":1},"constructor":"c"}') as Json;
  const { request } = responsesFront.decodeRequest(json);
  expect(Object.keys(request.extra ?? {})).toEqual(['__proto__', 'constructor']);
  expect((request.extra as Json)['polluted']).toBeUndefined();
  const tools = ['__proto__', 'constructor', 'toString'].map((name) => ({ type: 'function', name }));
  expect(decode({ tools }).request.tools?.map(({ name }) => name)).toEqual([
    '__proto__',
    'constructor',
    'toString',
  ]);
  const choice = () => decode({ tools: [tools[0]], tool_choice: { type: 'function', name: 'constructor' } });
  expect(choice).toThrow(/not in `tools`/);
});

test('a large schema, large arguments and NUL bytes pass', () => {
  const large = 'x\0'.repeat(500_000);
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object', description: large } }];
  const input = [{ type: 'function_call', call_id: 'c', name: 'f', arguments: JSON.stringify({ large }) }];
  const { request } = decode({ tools, input });
  expect(JSON.stringify(request).length).toBeGreaterThan(2_000_000);
  expect(eventsOf(streamText([text(large), finish()], encodeOptions({ tools }))).length).toBeGreaterThan(5);
});

test('law: the input of a custom tool is the same however its arguments are cut', () => {
  const written = fc.oneof(
    fc.string({ unit: 'binary' }).map((input) => JSON.stringify({ input })),
    fc.string({ unit: 'binary' }).map((input) => `{ "input" :\n"${input}", "more": 1}`),
    fc.constantFrom(
      '',
      '{}',
      '{"input',
      '{"input":1}',
      '{"inputs":"x"}',
      '{"a":1,"input":"x"}',
      '"text"',
      'no json',
    ),
    fc.constantFrom(
      '{"input":"a\\',
      '{"input":"\\u12"}',
      '{"input":"\\q"}',
      `${' '.repeat(500)}{"input":"x"}`,
    ),
  );
  fc.assert(
    fc.property(written, fc.array(fc.nat(60), { maxLength: 12 }), (argumentsText, cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b).filter((cut) => cut < argumentsText.length)];
      const input = new CustomInput();
      const pieces = places.map((from, n) => input.push(argumentsText.slice(from, places[n + 1])));
      expect(pieces.join('') + input.end()).toBe(customInput(argumentsText));
    }),
  );
});

test('law: the input of a custom tool is what JSON says it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (input) => {
      expect(customInput(JSON.stringify({ input }))).toBe(input);
    }),
  );
  expect(customInput('{"other":"x"}')).toBe('{"other":"x"}');
  expect(customInput('{"more":1,"input":"x"}')).toBe('x');
  expect(customInput('{}')).toBe('');
});

test('a ping may stand between any two texts', () => {
  const encoder = responsesFront.createEncoder(encodeOptions());
  const pinged =
    encoder.begin() + encoder.ping + encoder.push(text('a')) + encoder.ping + encoder.push(finish());
  expect(eventsOf(pinged)).toEqual(eventsOf(streamText([text('a'), finish()])));
});
