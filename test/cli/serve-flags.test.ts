import { describe, expect, test } from 'vitest';
import { configOfFlags, type ServeFlags } from '../../src/cli/serve/flags.ts';

const MOONSHOT = { MOONSHOT_API_KEY: 'sk-moonshot' };

const nobody = () => Promise.reject(new Error('no host is asked here'));

function configOf(flags: ServeFlags, environment: NodeJS.ProcessEnv = {}, listed?: readonly string[]) {
  return configOfFlags(flags, environment, listed ? () => Promise.resolve(listed) : nobody);
}

async function refusal(flags: ServeFlags, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const error = await configOf(flags, environment).catch((reason: unknown) => reason as Error);
  if (!(error instanceof Error)) return 'it was taken';
  return `${error.message} ${(error as { remedy?: string }).remedy ?? ''}`;
}

describe('who answers', () => {
  test('the practice model where nothing is said, to any name', async () => {
    const { models, server, keys } = await configOf({});
    expect(models).toMatchObject([{ name: 'practice', aliases: ['*'], upstreams: [] }]);
    expect([server.host, server.port, keys]).toEqual(['127.0.0.1', 8787, []]);
    expect((await configOf({ model: ['practice'] }, MOONSHOT)).models).toMatchObject([{ upstreams: [] }]);
  });

  test('Moonshot with all its models where its key is set, Kimi K2.6 to any other name', async () => {
    const { models } = await configOf({}, MOONSHOT);
    const names = models.map(({ name }) => name);
    expect(names).toContain('kimi-k3');
    expect(names).not.toContain('kimi-k2.5');
    for (const { name, aliases, upstreams } of models) {
      expect(aliases).toEqual(name === 'kimi-k2.6' ? ['*'] : []);
      expect(upstreams).toMatchObject([
        { hostId: 'moonshot', modelId: name, apiKey: 'sk-moonshot', apiKeyName: 'MOONSHOT_API_KEY' },
      ]);
    }
  });

  test("a host's models also answer to the names that Kimi's maker gives them", async () => {
    const { models } = await configOf({ host: 'openrouter' }, { OPENROUTER_API_KEY: 'sk-or' });
    expect(models.find(({ name }) => name === 'moonshotai/kimi-k2.6')?.aliases).toEqual(['kimi-k2.6', '*']);
    expect(models.find(({ name }) => name === 'moonshotai/kimi-k2.7-code')?.aliases).toEqual([
      'kimi-k2.7-code',
    ]);
  });

  test('the models that an engine lists, the only one to any name', async () => {
    const one = await configOf({ upstream: 'http://gpu:8000/v1' }, {}, ['kimi']);
    expect(one.models).toMatchObject([{ name: 'kimi', aliases: ['*'], upstreams: [{ modelId: 'kimi' }] }]);
    const two = await configOf({ upstream: 'http://gpu:8000/v1' }, {}, ['a', 'b']);
    expect(two.models.map(({ aliases }) => aliases)).toEqual([[], []]);
  });

  test('the named models, under their ids on the host', async () => {
    const { models } = await configOf({
      host: 'vllm',
      upstream: 'http://gpu:8000/v1',
      upstreamProtocol: 'completions',
      format: 'kimi',
      model: ['kimi=moonshotai/Kimi-K2.6', 'other=a=b'],
    });
    expect(models).toMatchObject([
      {
        name: 'kimi',
        aliases: [],
        upstreams: [
          {
            hostId: 'vllm',
            baseUrl: 'http://gpu:8000/v1',
            protocol: 'completions',
            format: 'kimi',
            modelId: 'moonshotai/Kimi-K2.6',
          },
        ],
      },
      { name: 'other', upstreams: [{ modelId: 'a=b' }] },
    ]);
  });

  test('a key goes to the host it belongs to, and nowhere else', async () => {
    const elsewhere = await configOf(
      { host: 'moonshot', upstream: 'https://proxy.example/v1', model: ['kimi-k2.6'] },
      MOONSHOT,
    );
    expect(elsewhere.models[0]?.upstreams[0]).not.toHaveProperty('apiKey');
    const named = await configOf(
      { upstream: 'https://proxy.example/v1', model: ['kimi-k2.6'], apiKeyEnv: 'PROXY_KEY' },
      { ...MOONSHOT, PROXY_KEY: ' sk-proxy\n' },
    );
    expect(named.models[0]?.upstreams[0]).toMatchObject({ apiKey: 'sk-proxy', apiKeyName: 'PROXY_KEY' });
  });

  test('runware and TensorRT-LLM are hosts like others', async () => {
    const runware = await configOf({ host: 'runware' });
    expect(runware.models[0]?.upstreams[0]).toMatchObject({ hostId: 'runware' });
    const trtllm = await configOf({ host: 'trtllm', upstream: 'http://gpu:8000/v1', model: ['kimi-k2.6'] });
    expect(trtllm.models[0]?.upstreams[0]).toMatchObject({ hostId: 'trtllm-serve' });
  });
});

test("a client's key comes from --key and from PERIGEE_KEY, and only its hash is kept", async () => {
  const config = await configOf({ key: 'from-flag' }, { PERIGEE_KEY: 'from-environment' });
  expect(config.keys.map(({ id }) => id)).toEqual(['client', 'PERIGEE_KEY']);
  expect(JSON.stringify(config)).not.toMatch(/from-/);
});

describe('what cannot work is refused with what to do', () => {
  test.each<[string, ServeFlags, NodeJS.ProcessEnv, RegExp]>([
    [
      'a model without a key',
      { model: ['kimi-k2.6'] },
      {},
      /--model asks for a real model, but MOONSHOT_API_KEY is not set/,
    ],
    [
      'a host without its key',
      { host: 'openrouter' },
      {},
      /openrouter needs a key, but OPENROUTER_API_KEY is not set/,
    ],
    ['a variable without a value', { host: 'openrouter', apiKeyEnv: 'MY_KEY' }, {}, /MY_KEY is not set/],
    ['a host that is not known', { host: 'moonshto' }, {}, /Did you mean moonshot\?/],
    ['an address as a host', { host: '0.0.0.0' }, {}, /give --upstream for where requests go, or --listen/],
    [
      'an address without scheme',
      { upstream: 'gpu:8000/v1', model: ['a'] },
      {},
      /Did you mean http:\/\/gpu:8000\/v1\?/,
    ],
    [
      'a key in the address',
      { upstream: 'http://u:p@gpu/v1', model: ['a'] },
      {},
      /--upstream holds a user name or password/,
    ],
    [
      'an engine without an address',
      { host: 'trtllm', model: ['a'] },
      {},
      /TensorRT-LLM has no usual address that is known. Give --upstream/,
    ],
    [
      'a model that the host has not',
      { model: ['gpt-9'] },
      MOONSHOT,
      /not known to have a model named gpt-9. Give --model NAME=ID/,
    ],
    ['a model without a name', { model: ['=x'] }, MOONSHOT, /--model =x: write NAME/],
    ['a model twice', { model: ['kimi-k2.6', 'kimi-k2.6'] }, MOONSHOT, /--model: "kimi-k2.6" is already/],
    ['a key of two words', { key: 'a b' }, {}, /--key must be one word/],
    [
      'all networks without a key',
      { listen: '0.0.0.0' },
      // Nobody has kept keys there.
      { PERIGEE_DATA_DIR: '/nowhere/perigee' },
      /--listen is 0.0.0.0, which others can reach, and there are no keys. Give --key, or set PERIGEE_KEY/,
    ],
    [
      'a format without effect',
      { upstream: 'http://h', upstreamProtocol: 'anthropic-messages', format: 'kimi', model: ['a'] },
      {},
      /--format has no effect with the protocol anthropic-messages/,
    ],
    [
      'a prompt that cannot be written',
      { upstream: 'http://h', upstreamProtocol: 'completions', model: ['kimi-k3'] },
      {},
      /There is no prompt template for kimi-k3/,
    ],
    [
      'Anthropic without a model',
      { upstream: 'http://h', upstreamProtocol: 'anthropic-messages' },
      {},
      /give --model/,
    ],
  ])('%s', async (_, flags, environment, expected) => {
    expect(await refusal(flags, environment)).toMatch(expected);
  });
});
