import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../src/core/index.ts';
import { openSqliteState } from '../../src/durable/index.ts';
import { Box } from '../../src/gateway/stores/box.ts';
import { ResponseStore, type StoredResponse } from '../../src/gateway/stores/response-store.ts';
import { SharedResponseStore } from '../../src/gateway/stores/shared-responses.ts';
import { freshFolder } from '../durable/state/accounts-ground.ts';

const asks = (text: string): Message => ({ role: 'user', content: text });
const answered = (text: string): Message => ({ role: 'assistant', content: text });

function stored(id: string, recalled: readonly Message[], previousResponseId?: string): StoredResponse {
  return {
    response: { id, output: [] },
    reply: {
      recalled,
      added: [asks(id)],
      inputItems: [],
      ...(previousResponseId !== undefined && { previousResponseId }),
    },
    answer: answered(id),
  };
}

test('what goes on from a response that is gone is written whole as long as memory has it, else given up', async () => {
  const state = await openSqliteState(join(freshFolder(), 'memory.sqlite'));
  onTestFinished(() => state.close());
  const box = new Box('secret');
  const nameOf = (tenant: string, id: string) => box.nameOf(tenant, id);
  const storeOf = (bytes: number) =>
    new SharedResponseStore(new ResponseStore({ bytes, nameOf }), state.responses, box, bytes);
  const [large, small, other] = [storeOf(1e6), storeOf(3000), storeOf(1e6)];
  const before = [asks('before'.repeat(1000))];
  await large.put('t', stored('resp_whole', before, 'resp_deleted'));
  await small.put('t', stored('resp_lost', before, 'resp_deleted'));
  await other.load('t', { conversation: 'resp_whole', answers: [] });
  expect(await other.show('t', 'resp_whole', 'answer')).toMatchObject({ id: 'resp_whole' });
  expect(await other.show('t', 'resp_lost', 'answer')).toBeUndefined();
  expect(large.queue.counts).toMatchObject({ written: 1, dropped: 0 });
  expect(small.queue.counts.dropped).toBe(1);
});
