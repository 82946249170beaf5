import { expect, test } from 'vitest';
import type { Message } from '../../src/core/index.ts';
import { ResponseStore, type StoredResponse } from '../../src/gateway/index.ts';
import { responsesFront, storedConversation } from '../../src/protocols/index.ts';

const said = (text: string): Message => ({ role: 'assistant', content: text });
const asks = (text: string): Message => ({ role: 'user', content: text });

function stored(
  id: string,
  question: string,
  previousResponseId?: string,
  recalled: Message[] = [],
): StoredResponse {
  const output = [{ type: 'message', id: `msg_${id}_0`, role: 'assistant', content: [] }];
  const reply = {
    recalled,
    added: [asks(question)],
    inputItems: [{ role: 'user', content: question }],
    ...(previousResponseId !== undefined && { previousResponseId }),
  };
  return { response: { id: `resp_${id}`, output }, reply, answer: said(`to ${question}`) };
}

test('a response can be got, its items asked for and its conversation gone on with', () => {
  const store = new ResponseStore({ bytes: 1e6 });
  store.put('t', stored('1', 'a'));
  store.put('t', stored('2', 'b', 'resp_1'));
  expect(store.get('t', 'resp_2')).toMatchObject({ id: 'resp_2' });
  expect(store.inputItems('t', 'resp_2')).toEqual([{ role: 'user', content: 'b' }]);
  expect(store.recallItem('t', 'msg_1_0')).toMatchObject({ type: 'message' });
  expect(store.recall('t', 'resp_2')).toEqual([asks('a'), said('to a'), asks('b'), said('to b')]);
  expect(store.get('t', 'resp_3')).toBeUndefined();
  expect(store.recall('t', 'resp_3')).toBeUndefined();
});

test('no tenant sees what another stored, whatever the tenants are called', () => {
  const store = new ResponseStore({ bytes: 1e6 });
  store.put('a', stored('1', 'secret'));
  for (const other of ['b', '', 'a\0', '1:a', '1']) {
    expect(store.get(other, 'resp_1')).toBeUndefined();
    expect(store.recall(other, 'resp_1')).toBeUndefined();
    expect(store.recallItem(other, 'msg_1_0')).toBeUndefined();
    expect(store.inputItems(other, 'resp_1')).toBeUndefined();
    expect(store.delete(other, 'resp_1')).toBe(false);
  }
  store.put('b', stored('1', 'own'));
  expect(store.recall('a', 'resp_1')).toEqual([asks('secret'), said('to secret')]);
  expect(store.recall('b', 'resp_1')).toEqual([asks('own'), said('to own')]);
});

test('what was built on a deleted response stays whole', () => {
  const store = new ResponseStore({ bytes: 1e6 });
  store.put('t', stored('1', 'a'));
  store.put('t', stored('2', 'b', 'resp_1'));
  expect(store.delete('t', 'resp_1')).toBe(true);
  expect(store.delete('t', 'resp_1')).toBe(false);
  expect(store.get('t', 'resp_1')).toBeUndefined();
  expect(store.recallItem('t', 'msg_1_0')).toBeUndefined();
  expect(store.recall('t', 'resp_2')).toHaveLength(4);
  store.delete('t', 'resp_2');
  expect(store.bytes).toBe(0);
});

test('what came before may be gone by the time an answer is stored', () => {
  const store = new ResponseStore({ bytes: 1e6 });
  store.put('t', stored('2', 'b', 'resp_1', [asks('a'), said('to a')]));
  expect(store.recall('t', 'resp_2')).toEqual([asks('a'), said('to a'), asks('b'), said('to b')]);
});

test('the least recently used conversations make room first, then answers', () => {
  const large = 'x'.repeat(10_000);
  const store = new ResponseStore({ bytes: 200_000 });
  const kept = (find: (id: string) => unknown) => ['1', '2', '3', '4'].filter((id) => find(id) !== undefined);
  for (const id of ['1', '2', '3']) store.put('t', stored(id, large));
  store.recall('t', 'resp_1');
  store.put('t', stored('4', large));
  expect(kept((id) => store.recall('t', `resp_${id}`))).toEqual(['1', '3', '4']);
  expect(kept((id) => store.recallItem('t', `msg_${id}_0`))).toEqual(['1', '2', '3', '4']);
  expect(store.bytes).toBeLessThanOrEqual(200_000);
  for (let n = 5; n < 1000; n++) store.put('t', stored(`${n}`, 'x'));
  expect(kept((id) => store.recallItem('t', `msg_${id}_0`))).toEqual([]);
  expect(store.bytes).toBeLessThanOrEqual(200_000);
});

test('what is larger than all the room pushes nothing out', () => {
  const store = new ResponseStore({ bytes: 200_000 });
  store.put('t', stored('1', 'a'));
  store.put('t', stored('2', 'x'.repeat(1_000_000)));
  expect(store.recall('t', 'resp_2')).toBeUndefined();
  expect(store.recallItem('t', 'msg_2_0')).toBeDefined();
  expect(store.recall('t', 'resp_1')).toHaveLength(2);
});

test('hours of requests that send all and refer to earlier items never lose those', () => {
  const store = new ResponseStore({ bytes: 2_000_000 });
  for (let n = 0; n < 150; n++) {
    for (let before = 0; before < n; before++) {
      expect(store.recallItem('t', `msg_${before}_0`)).toBeDefined();
    }
    store.put('t', stored(`${n}`, 'x'.repeat(2000 * n)));
  }
});

test('a long conversation costs each message once', () => {
  const store = new ResponseStore({ bytes: 1e9 });
  const question = 'x'.repeat(1000);
  store.put('t', stored('0', question));
  const one = store.bytes;
  for (let n = 1; n < 1000; n++) store.put('t', stored(`${n}`, question, `resp_${n - 1}`));
  expect(store.bytes).toBeLessThan(1100 * one);
  expect(store.recall('t', 'resp_999')).toHaveLength(2000);
  for (let n = 0; n < 1000; n++) store.delete('t', `resp_${n}`);
  expect(store.bytes).toBe(0);
});

test('a result answers a call of the response before by the id that the client got', () => {
  const store = new ResponseStore({ bytes: 1e6 });
  const recall = (id: string) => store.recall('t', id);
  const first = responsesFront.decodeRequest(
    { model: 'm', input: 'go', instructions: 'be brief' },
    { recall },
  );
  const turn = {
    content: '',
    reasoning: 'hm',
    calls: [{ index: 0, id: 'chatcmpl-tool-1', name: 'f', arguments: '{"a":1}' }],
    unresolved: [],
    finishReason: 'tool-calls',
    truncated: false,
  } as const;
  const options = { id: 'a1', model: 'm', created: 1, reply: first.reply };
  const response = responsesFront.encodeResponse(turn, options);
  store.put('t', { response, ...storedConversation(turn, options) });
  const [, item] = response['output'] as { readonly call_id: string }[];
  const input = [{ type: 'function_call_output', call_id: item?.call_id, output: 'r' }];
  const second = responsesFront.decodeRequest(
    { model: 'm', input, previous_response_id: response['id'] },
    { recall },
  );
  const id = item?.call_id;
  expect(second.request.messages).toEqual([
    { role: 'user', content: 'go' },
    { role: 'assistant', content: '', reasoning: 'hm', toolCalls: [{ id, name: 'f', arguments: '{"a":1}' }] },
    { role: 'tool', toolCallId: id, content: 'r' },
  ]);
});
