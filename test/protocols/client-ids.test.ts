import { expect, test } from 'vitest';
import { clientCallId, modelCallId } from '../../src/protocols/index.ts';

test("an id for Anthropic's clients fits their pattern at its longest, and leads back to what the model wrote", () => {
  const numbers = ['0', '00', '7', '123456789012345', '12345678901234567890'];
  for (const prefix of ['toolu', 'call'] as const) {
    for (const number of numbers) {
      for (const name of ['run', 'mcp__a.b__c-d', 'a:3', 'x'.repeat(200)]) {
        const id = `functions.${name}:${number}`;
        const client = clientCallId(prefix, 'a'.repeat(30), { id, name, index: 999_999 });
        expect(client).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
        expect(modelCallId(client, name)).toBe(id);
      }
    }
  }
});

test('an id of another tool, or with more digits than there is room for, stays what the client was given', () => {
  for (const id of ['functions.other:1', `functions.run:${'1'.repeat(21)}`, 'call_1', '']) {
    const client = clientCallId('toolu', 'a1', { id, name: 'run', index: 0 });
    expect(client).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(modelCallId(client, 'run')).toBe(client);
  }
});
