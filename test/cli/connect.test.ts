import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/failure.ts';
import { CLIENTS } from '../../src/connect/index.ts';
import { practiceModel, scripted } from '../../src/replay/index.ts';
import { directory, keyOf, running } from '../gateway/fixtures.ts';
import { answerJson, closedPort, serve } from '../upstream/server.ts';
import { folderWith, perigee } from './command.ts';
import { connectGround } from './connect-ground.ts';

const SECRET = 'sk-the-key-that-nobody-may-see';

async function nobody(): Promise<string> {
  return `http://127.0.0.1:${await closedPort()}`;
}

describe('the command', () => {
  test('--list shows every client with its protocol, its file and the version', async () => {
    const home = folderWith();
    mkdirSync(join(home, '.codex'));
    writeFileSync(join(home, '.codex', 'config.toml'), '');
    const { code, stdout, stderr } = await perigee(['connect', '--list'], { env: { HOME: home } });
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(CLIENTS.length + 1);
    expect(lines.find((line) => line.startsWith('codex'))).toMatch(
      /Responses +~\/\.codex\/config\.toml +yes +@openai\/codex \d/,
    );
    expect(lines.find((line) => line.startsWith('n8n'))).toMatch(/by hand/);
  });

  test.each([
    [['connect'], 'name a client, as in  perigee connect cline'],
    [['connect', 'opncode'], 'Did you mean opencode?'],
    [['connect', 'codex', '--write', '--undo'], '--write and --undo do not go together'],
    [['connect', 'codex', '--yes'], '--yes goes with --write'],
    [['connect', 'codex', '--force'], '--force goes with --undo'],
    [['connect', 'codex', '--host', 'moonshott'], 'Did you mean moonshot?'],
    [['connect', 'codex', '--host', 'http://x/v1'], 'give --base-url'],
    [['connect', 'codex', '--base-url', 'localhost:8000/v1'], 'Did you mean http://localhost:8000/v1?'],
    [['connect', 'codex', '--gateway', 'http://a', '--host', 'moonshot'], 'do not go together'],
    [['connect', 'codex', '--gateway', 'http://127.0.0.1:1', '--key', 'two words'], '--key must be one word'],
    [['connect', 'cursor', '--write', '--gateway', 'http://127.0.0.1:1'], 'no file can be written'],
    [
      ['connect', 'open-webui', '--write', '--gateway', 'http://127.0.0.1:1'],
      'has no usual place: name it, as in --config .env',
    ],
    [['connect', 'claude-code', '--host', 'together'], 'perigee serve --host together'],
  ])('%j is wrong usage', async (args, expected) => {
    const { code, stdout, stderr } = await perigee(args, { env: { HOME: folderWith() } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(expected);
  });

  test('without a terminal nothing is written unless --yes is given, and --undo takes it back', async () => {
    const home = folderWith();
    const gateway = await nobody();
    const file = join(home, '.codex', 'config.toml');
    const options = { env: { HOME: home } };
    const shown = await perigee(['connect', 'codex', '--write', '--gateway', gateway], options);
    expect(shown.code).toBe(2);
    expect(shown.stdout).toContain('+model_provider = "perigee"');
    expect(shown.stderr).toContain('nothing was written: give --yes');
    expect(existsSync(file)).toBe(false);
    const written = await perigee(['connect', 'codex', '--write', '--yes', '--gateway', gateway], options);
    expect(written.code).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('[model_providers.perigee]');
    const again = await perigee(['connect', 'codex', '--write', '--gateway', gateway], options);
    expect([again.code, again.stdout]).toEqual([0, 'Nothing to do: ~/.codex/config.toml has it all.\n']);
    const undone = await perigee(['connect', 'codex', '--undo'], options);
    expect([undone.code, undone.stdout]).toEqual([0, `${file} was taken away: it was not there before.\n`]);
    expect(existsSync(file)).toBe(false);
    expect((await perigee(['connect', 'codex', '--undo'], options)).stdout).toContain('Nothing to undo');
  });
});

describe('what another set-up left', () => {
  async function gateways() {
    const models = directory({ name: 'practice', model: practiceModel() });
    const open = await running({ models });
    const keyed = await running({ models, keys: [keyOf(SECRET)] });
    return { open: open.url, keyed: keyed.url };
  }
  const options = { write: true, yes: true };
  const env = { PERIGEE_KEY: SECRET };

  test.each([
    ['claude-code', 'env.ANTHROPIC_AUTH_TOKEN  in ~/.claude/settings.json'],
    ['aider', 'openai-api-key  in ~/.aider.conf.yml'],
    ['kimi-code', 'providers.perigee.api_key  in ~/.kimi-code/config.toml'],
  ])('%s is told what to take out once there is a key', async (client, left) => {
    const { open, keyed } = await gateways();
    const ground = connectGround();
    expect((await ground.run(client, { ...options, gateway: open })).out).not.toContain('Take out');
    expect((await ground.run(client, { ...options, gateway: keyed }, { env })).out).toContain(
      `\n  ${left}\n`,
    );
    const again = await ground.run(client, { ...options, gateway: keyed }, { env });
    expect(again.out).toMatch(/^Nothing to do/);
    expect(again.out).toContain(left);
  });

  test.each([
    ['codex', 'model_providers.perigee.env_key  in ~/.codex/config.toml'],
    ['kimi-code', 'providers.perigee.api_key_env  in ~/.kimi-code/config.toml'],
  ])('%s is told what to take out once there is none', async (client, left) => {
    const { open, keyed } = await gateways();
    const ground = connectGround();
    const first = await ground.run(client, { ...options, gateway: keyed }, { env });
    expect(first.out).not.toContain('Take out');
    expect((await ground.run(client, { ...options, gateway: open })).out).toContain(`\n  ${left}\n`);
  });
});

describe('what is shown', () => {
  test('commands hold a model whatever its name is', async () => {
    const { out } = await connectGround().run('opencode', { gateway: await nobody(), model: `a "b" $c'd` });
    expect(out).toContain(`opencode run -m 'perigee/a "b" $c'\\''d' "Hello"`);
  });

  test('a client that has no file gets its variables, as a shell takes them', async () => {
    const options = { gateway: await nobody(), model: `a "b" $c'd`, apiKeyEnv: 'MY_KEY' };
    const { out } = await connectGround().run('copilot', options);
    expect(out).toContain('Environment (the key itself stands nowhere):');
    expect(out).toContain('\n  export COPILOT_PROVIDER_API_KEY="$MY_KEY"\n');
    expect(out).toContain(`\n  export COPILOT_PROVIDER_BASE_URL=${options.gateway}/v1\n`);
    expect(out).toContain(`\n  export COPILOT_MODEL='a "b" $c'\\''d'\n`);
  });

  test('fits what the gateway says of itself: its model, its windows, and that it wants no key', async () => {
    const model = { ...scripted(['x']), contextWindow: 200_000 };
    const { url } = await running({
      models: directory({ name: 'my-kimi', model, maxOutput: 9000, inputs: ['text'] }),
    });
    const { code, out, err } = await connectGround().run('opencode', { gateway: url });
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`opencode with my-kimi at ${url}/v1`);
    expect(out).toContain('"context": 200000');
    expect(out).toContain('"output": 9000');
    expect(out).toContain('"apiKey": "perigee"');
    expect(out).not.toContain('PERIGEE_KEY');
  });

  test('names the variable where the gateway wants a key', async () => {
    const { url } = await running({
      models: directory({ name: 'practice', model: practiceModel() }),
      keys: [keyOf(SECRET)],
    });
    const { out, err } = await connectGround().run(
      'opencode',
      { gateway: url },
      { env: { PERIGEE_KEY: SECRET } },
    );
    expect(err).toBe('');
    expect(out).toContain('opencode with practice');
    expect(out).toContain('"apiKey": "{env:PERIGEE_KEY}"');
    expect(out).toContain('export PERIGEE_KEY=…');
    expect(out).not.toContain(SECRET);
  });

  test('says how a key gets to a client that reads a variable of its own', async () => {
    const { out } = await connectGround().run('claude-code', {
      gateway: await nobody(),
      apiKeyEnv: 'MY_KEY',
    });
    expect(out).toContain('export ANTHROPIC_AUTH_TOKEN="$MY_KEY"');
    expect(out).not.toContain('"ANTHROPIC_AUTH_TOKEN"');
  });

  test('the model of the command line, with what the gateway has when it has not that', async () => {
    const { url } = await running({ models: directory({ name: 'kimi-k2.6', model: scripted(['x']) }) });
    const { out, err } = await connectGround().run('codex', { gateway: url, model: 'kimi-k2.5' });
    expect(out).toContain('model = "kimi-k2.5"');
    expect(err).toContain('does not list kimi-k2.5. Did you mean kimi-k2.6?');
  });

  test('a host instead of the gateway, with its own key and name for the model', async () => {
    const { code, out, err } = await connectGround().run(
      'kilo-code',
      { host: 'openrouter' },
      { env: { OPENROUTER_API_KEY: SECRET } },
    );
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('"baseURL": "https://openrouter.ai/api/v1"');
    expect(out).toContain('"moonshotai/kimi-k2.6"');
    expect(out).toContain('{env:OPENROUTER_API_KEY}');
    expect(out).not.toContain(SECRET);
    const anthropic = await connectGround().run('claude-code', { host: 'moonshot' });
    expect(anthropic.out).toContain('"ANTHROPIC_BASE_URL": "https://api.moonshot.ai/anthropic"');
    expect(anthropic.err).toContain('MOONSHOT_API_KEY is not set here; a key is made at https://');
  });

  test('any server, with the model that it lists', async () => {
    const { baseUrl } = await serve((response) =>
      answerJson(response, 200, { data: [{ id: 'other' }, { id: 'Kimi-K2-local' }] }),
    );
    const { out, err } = await connectGround().run('continue', { baseUrl });
    expect(err).toBe('');
    expect(out).toContain('model: Kimi-K2-local');
    expect(out).toContain(`apiBase: ${baseUrl}`);
  });

  test.each(CLIENTS.map(({ id }) => id))('%s is shown whole, without a key', async (id) => {
    const { code, out } = await connectGround().run(id, { gateway: await nobody(), key: SECRET });
    expect(code).toBe(0);
    expect(out).not.toContain(SECRET);
    expect(out).toMatch(/Made for .*; read in .*\./);
    expect(out).toMatch(/\n(By hand|Then):\n {2}\S/);
    expect(out).toMatch(/\nGood to know:\n {2}- \S/);
  });
});

describe('what is written', () => {
  test('shows the difference first, without secrets, and asks', async () => {
    const { home, run } = connectGround();
    const file = join(home, '.cline', 'data', 'settings', 'providers.json');
    mkdirSync(join(file, '..'), { recursive: true });
    const before = `{"version":1,"modes":{},"providers":{"moonshot":{"settings":{"provider":"moonshot","apiKey":"sk-moonshot-0123456789abcdef"},"updatedAt":"2026-01-02T00:00:00.000Z","tokenSource":"manual"}}}\n`;
    writeFileSync(file, before);
    const options = { write: true, gateway: await nobody(), key: SECRET };
    const no = await run('cline', options, { answer: false });
    expect([no.code, readFileSync(file, 'utf8')]).toEqual([1, before]);
    expect(no.out).toContain('Nothing was written.');
    expect(no.out).toContain('‹key›');
    const yes = await run('cline', options, { answer: true });
    expect(yes.code).toBe(0);
    expect(no.out + yes.out).not.toMatch(/sk-moonshot|sk-the-key/);
    const after = JSON.parse(readFileSync(file, 'utf8')) as {
      providers: Record<string, { settings: { apiKey: string } }>;
    };
    expect(Object.keys(after.providers)).toEqual(['moonshot', 'openai-compatible']);
    expect(after.providers['openai-compatible']!.settings.apiKey).toBe(SECRET);
    expect((await run('cline', { undo: true })).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('at another place with --config, which --undo needs not be told', async () => {
    const { home, run } = connectGround();
    const config = join(home, 'own.yaml');
    writeFileSync(config, '# mine\nname: mine\nversion: 1.0.0\nschema: v1\n');
    expect((await run('continue', { write: true, yes: true, config, gateway: await nobody() })).code).toBe(0);
    expect(readFileSync(config, 'utf8')).toMatch(
      /^# mine\nname: mine\nversion: 1\.0\.0\nschema: v1\nmodels:\n {2}- name: Kimi K2\.6 \(Perigee\)\n/,
    );
    const { out } = await run('continue', { undo: true });
    expect(out).toBe(`${config} is again what it was.\n`);
  });

  test('an env file gets its lines, and other ones when the address changes', async () => {
    const { home, run } = connectGround();
    const config = join(home, '.env');
    writeFileSync(config, 'MINE=1\n');
    await run('open-webui', { write: true, yes: true, config, gateway: 'http://127.0.0.1:1' });
    await run('open-webui', { write: true, yes: true, config, gateway: 'http://127.0.0.1:2' });
    const text = readFileSync(config, 'utf8');
    expect(text).toMatch(
      /^MINE=1\n\n# >>> perigee >>>\nOPENAI_API_BASE_URLS="http:\/\/host\.docker\.internal:2\/v1"\n/,
    );
    expect(text).not.toContain(':1/v1');
  });

  test('nothing, where the file does not parse, and says the line', async () => {
    const { home, run } = connectGround();
    const config = join(home, 'config.toml');
    writeFileSync(config, 'model = "x"\nbroken\n');
    const failed = run('codex', { write: true, yes: true, config, gateway: await nobody() });
    await expect(failed).rejects.toThrow(/config\.toml was left alone: line 2/);
    expect(readFileSync(config, 'utf8')).toBe('model = "x"\nbroken\n');
  });

  test('nobody to ask is wrong usage', async () => {
    const written = connectGround().run('codex', { write: true, gateway: await nobody() });
    await expect(written).rejects.toBeInstanceOf(UsageError);
  });
});
