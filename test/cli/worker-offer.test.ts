import { describe, expect, onTestFinished, test } from 'vitest';
import type { AgentCommandOptions } from '../../src/cli/run/agent-options.ts';
import { makeOffer } from '../../src/cli/worker/offer.ts';
import { taskAgent } from '../../src/cli/worker/task-agent.ts';
import { PerigeeError } from '../../src/core/index.ts';
import { folderWith } from './command.ts';

const MODULE = `export default {
  greet: { description: 'Greets.', inputSchema: { type: 'object' }, execute: () => 'hello' },
  shout: { description: 'Shouts.', inputSchema: { type: 'object' }, execute: () => 'HELLO' },
};`;

async function offerOf(options: AgentCommandOptions = {}) {
  const offer = await makeOffer({ model: 'practice', ...options }, () => {});
  onTestFinished(() => offer.close());
  return offer;
}

async function toolsOf(asked: string | undefined, options?: AgentCommandOptions): Promise<string[]> {
  const settings = asked === undefined ? {} : { tools: asked };
  const { tools = {} } = await taskAgent({ settings }, await offerOf(options));
  return Object.keys(tools).sort();
}

describe('the tools of a run on a worker', () => {
  test('are all that the worker offers, where the run asks for none', async () => {
    expect(await toolsOf(undefined, { tools: 'calculator' })).toEqual(await toolsOf('calculator'));
  });

  test('are those that the run asks for, by the names of toolsets and of single tools', async () => {
    const file = `${folderWith({ 'mine.mjs': MODULE })}/mine.mjs`;
    const tools = `calculator,${file}`;
    expect(await toolsOf('shout', { tools })).toEqual(['shout']);
    expect(await toolsOf(file, { tools })).toEqual(['greet', 'shout']);
    expect(await toolsOf('none', { tools })).toEqual([]);
    expect(await toolsOf('', { tools })).toEqual([]);
  });

  test.each([
    'shell',
    './evil.mjs',
    '/etc/passwd.js',
    'calculator,code',
    '__proto__',
    'constructor',
    'toString',
  ])('are never more than the worker offers: %s', async (asked) => {
    const asking = toolsOf(asked, { tools: 'calculator' });
    await expect(asking).rejects.toThrow(PerigeeError);
    await expect(asking).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringContaining(`"${asked.split(',').at(-1)}", which this worker does not offer`),
      remedy: expect.stringContaining('It offers: calculator.'),
    });
  });

  test('are guessed at where one was misspelt', async () => {
    await expect(toolsOf('calculater', { tools: 'calculator' })).rejects.toThrow('Did you mean calculator?');
  });
});

describe('the bounds of a run on a worker', () => {
  const own = {
    maxSteps: 10,
    maxTotalTokens: 1000,
    approval: 'writes',
    system: 'Be careful.',
    thinking: 'on',
  } as const;

  test('are the closer ones of the worker and of the run', async () => {
    const settings = { maxSteps: 50, maxTotalTokens: 500, maxCalls: 3 };
    const agent = await taskAgent({ settings }, await offerOf(own));
    expect(agent.limits).toEqual({ steps: 10, tokens: 500, calls: 3 });
  });

  test('ask a person at least as often as the worker wants', async () => {
    const offer = await offerOf(own);
    const approvalOf = async (approval?: string) =>
      (await taskAgent({ settings: approval === undefined ? {} : { approval } }, offer)).approval;
    expect(await approvalOf()).toBe('writes');
    expect(await approvalOf('auto')).toBe('writes');
    expect(await approvalOf('always')).toBe('always');
  });

  test('leave the instructions of the worker in front of those of the run', async () => {
    const agent = await taskAgent({ settings: { system: 'Be brief.', thinking: 'off' } }, await offerOf(own));
    expect([agent.instructions, agent.thinking]).toEqual(['Be careful.\n\nBe brief.', 'off']);
  });

  test.each([
    [{ baseUrl: 'http://169.254.169.254' }, /does not know: "baseUrl"/],
    [{ apiKeyEnv: 'HOME' }, /does not know: "apiKeyEnv"/],
    [{ mcp: ['rm -rf /'] }, /does not know: "mcp"/],
    [{ maxSteps: -1 }, /maxSteps has a value/],
    [{ maxCost: '1e9' }, /maxCost has a value/],
    [{ approval: 'never' }, /approval has a value/],
    [{ tools: ['calculator'] }, /tools has a value/],
    [['tools'], /no object/],
    [{ toolChoice: 'shell' }, /neither auto, none, required nor one of the tools/],
  ])('are refused where they are none: %j', async (settings, message) => {
    const made = taskAgent({ settings }, await offerOf({ tools: 'calculator' }));
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.toMatchObject({ code: 'invalid-options' });
  });

  test('a bound of dollars needs a model whose price is known', async () => {
    const made = taskAgent({ settings: { maxCost: 1 } }, await offerOf());
    await expect(made).rejects.toThrow(/what practice costs there is not known/);
  });
});
