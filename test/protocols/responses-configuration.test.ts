import { expect, test } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { decode, type Json } from './responses.ts';

const USER = { role: 'user', content: 'hi' };
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const FORMAT = { type: 'json_schema', name: 'x', schema: SCHEMA };
const update = (fields: Json) => ({ type: 'configuration_update', ...fields });
const effort = (value: unknown) => update({ reasoning: { effort: value } });
const format = (value: unknown) => update({ text: { format: value } });

test('the last update of each setting counts, more than the request, and is no message', () => {
  const { request, reply, notes } = decode({
    input: [effort('low'), USER, format(FORMAT), effort('high'), USER],
    reasoning: { effort: 'medium', summary: 'auto' },
    text: { verbosity: 'low' },
  });
  expect(request).toMatchObject({
    effort: 'high',
    responseFormat: { type: 'json-schema', name: 'x', schema: SCHEMA },
    extra: { text: { verbosity: 'low' } },
  });
  expect(request.messages).toEqual([USER, USER]);
  expect(notes).toBeUndefined();
  expect(reply.configuration).toEqual({ reasoning: { effort: 'high' }, text: { format: FORMAT } });
  expect(reply.echo).toMatchObject({ reasoning: { effort: 'medium' }, text: { format: { type: 'text' } } });
});

test('an update can go back to plain text, to no thinking and to the default effort', () => {
  const own = { text: { format: FORMAT }, reasoning: { effort: 'high' } };
  const { request } = decode({ ...own, input: [USER, format({ type: 'text' }), effort('none')] });
  expect(request.responseFormat).toBeUndefined();
  expect([request.thinking, request.effort]).toEqual(['off', undefined]);
  expect(decode({ ...own, input: [USER, effort(null)] }).request.effort).toBeUndefined();
  expect(decode({ ...own, input: [USER, update({}), update({ reasoning: {} })] }).request).toMatchObject({
    effort: 'high',
    responseFormat: { name: 'x' },
  });
});

test('what was set before a stored response holds until it is set anew', () => {
  const recalling = (fields: Json) =>
    decode(
      { previous_response_id: 'resp_1', ...fields },
      {
        recall: () => [{ role: 'user', content: 'before' }],
        recallConfiguration: () => ({ reasoning: { effort: 'high' } }),
      },
    );
  expect(recalling({}).request.effort).toBe('high');
  expect(recalling({ input: [effort('low')] }).request.effort).toBe('low');
  expect(recalling({ input: [format(FORMAT)] }).reply.configuration).toEqual({
    reasoning: { effort: 'high' },
    text: { format: FORMAT },
  });
});

test('an update that is none is refused with its place', () => {
  const cases: [Json, string][] = [
    [update({ reasoning: 'high' }), 'input[1].reasoning'],
    [effort(5), 'input[1].reasoning.effort'],
    [update({ text: [] }), 'input[1].text'],
    [format('text'), 'input[1].text.format'],
    [format({ type: 'yaml' }), 'input[1].text.format.type'],
    [format({ type: 'json_schema', name: 'x' }), 'input[1].text.format.schema'],
    [format({ type: 'json_schema', schema: {} }), 'input[1].text.format.name'],
  ];
  for (const [item, param] of cases) {
    expect(() => decode({ input: [USER, item] }), param).toThrow(PerigeeError);
    expect(() => decode({ input: [USER, item] }), param).toThrow(expect.objectContaining({ param }));
  }
});
