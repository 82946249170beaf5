import { expect, it } from 'vitest';
import { agent, tool } from '../../src/agent/index.ts';
import { PerigeeError } from '../../src/core/index.ts';
import { conversationOf } from '../../src/durable/index.ts';
import { answers, calls, finish, says, scriptedModel } from '../agent/fixtures.ts';
import { all } from './sessions.ts';
import { onBothStores } from './stores.ts';

const echo = tool({
  description: '',
  inputSchema: { type: 'object' },
  execute: ({ text }) => {
    if (text === 'no') throw new Error('no');
    return text;
  },
});

onBothStores('an agent', (freshPlace) => {
  it('what a session has on record is the conversation that the run gave back', async () => {
    const sessions = await (await freshPlace()).store();
    const turn = (text: string, more: Parameters<typeof calls>[2] = {}) => [
      says('Let me see.'),
      ...calls(0, 'echo', { text }),
      ...calls(1, 'echo', more),
      finish('tool-calls'),
    ];
    const script = [
      turn('a'),
      turn('a'),
      turn('a'),
      answers('one'),
      turn('b', { text: 'no' }),
      answers('two'),
    ];
    const subject = agent({ model: scriptedModel(script), tools: { echo }, sessions });
    const run = subject.run('first', { session: 's' });
    await run.steer('one more thing');
    await run.steer('and when you are done', 'after');
    const first = await run;
    expect(first.text).toBe('two');
    const second = await agent({ model: scriptedModel([answers('three')]), sessions }).run('second', {
      session: 's',
    });
    const session = await sessions.open('s');
    const records = await all(session.records());
    await session.close();
    expect(
      conversationOf(records).map(({ isError: _, ...message }: object & { isError?: unknown }) => message),
    ).toEqual(second.messages);
    expect(second.messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
      'first',
      'one more thing',
      'and when you are done',
      'second',
    ]);
    // The third time the model was told that it goes in circles: that is what it has read, and what is exported.
    expect(JSON.stringify(second.messages)).toContain('made 3 times');
  });

  it('a session that is being worked on is not opened twice', async () => {
    const sessions = await (await freshPlace()).store();
    const held = await sessions.open('s');
    const run = agent({ model: scriptedModel([answers('hi')]), sessions }).run('hi', { session: 's' });
    await expect(run).rejects.toThrow(PerigeeError);
    await expect(run).rejects.toMatchObject({ code: 'session-busy' });
    await held.close();
    expect(
      (await agent({ model: scriptedModel([answers('hi')]), sessions }).run('hi', { session: 's' })).text,
    ).toBe('hi');
  });
});

it('a session given by name without a store is refused, and says what to give', async () => {
  const run = agent({ model: scriptedModel([answers('hi')]) }).run('hi', { session: 's' });
  await expect(run).rejects.toMatchObject({
    code: 'invalid-options',
    remedy: expect.stringContaining('perigee/durable'),
  });
});
