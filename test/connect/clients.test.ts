import { readFileSync } from 'node:fs';
import { parseConfigYaml, validateConfigYaml } from '@continuedev/config-yaml';
import { parse as parseToml } from '@decimalturn/toml-patch';
import { evaluate, parse as parseJson } from '@humanwhocodes/momoa';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import {
  CLIENTS,
  type ClientSetup,
  choiceOf,
  clientNamed,
  diffLines,
  type FileFormat,
  gatewayAddress,
  type KeySource,
  merged,
  NO_SECRET,
  nearestClient,
  otherAddress,
  PLACEHOLDER,
  placesOf,
  printed,
  type SetupChoice,
  titleOf,
  trialRequest,
} from '../../src/connect/index.ts';

const SECRET = 'sk-a-key-that-nobody-may-see';
const KEYS: Record<string, KeySource> = {
  none: { kind: 'none' },
  variable: { kind: 'variable', name: 'PERIGEE_KEY', from: 'PERIGEE_KEY' },
  literal: { kind: 'variable', name: 'PERIGEE_KEY', from: 'PERIGEE_KEY', literal: SECRET },
};

function choice(key: KeySource = KEYS['variable']!, model = 'kimi-k2.6'): SetupChoice {
  return choiceOf(gatewayAddress('http://127.0.0.1:8787'), { id: model }, key);
}

const READ: { readonly [format in FileFormat]: (text: string) => unknown } = {
  json: (text) => JSON.parse(text) as unknown,
  jsonc: (text) => JSON.parse(text) as unknown,
  json5: (text) => evaluate(parseJson(text, { mode: 'json5' })),
  yaml: (text) => parseYaml(text) as unknown,
  toml: (text) => JSON.parse(JSON.stringify(parseToml(text))) as unknown,
  block: (text) => text,
};

test('there are the twenty clients, and names lead to them', () => {
  expect(CLIENTS.map(({ id }) => id)).toEqual([
    'openclaw',
    'cline',
    'continue',
    'cursor',
    'aider',
    'n8n',
    'claude-code',
    'codex',
    'opencode',
    'kilo-code',
    'roo-code',
    'zed',
    'qwen-code',
    'goose',
    'crush',
    'droid',
    'open-webui',
    'librechat',
    'kimi-code',
    'copilot',
  ]);
  for (const client of CLIENTS) expect(clientNamed(client.name)).toBe(client);
  expect(clientNamed('Claude_Code')?.id).toBe('claude-code');
  expect(clientNamed('qwen')?.id).toBe('qwen-code');
  expect(clientNamed('emacs')).toBeUndefined();
  expect(nearestClient('opncode')).toBe('opencode');
});

describe.each(CLIENTS.map((client) => [client.id, client] as const))('%s', (_, client) => {
  const files = client.files.map((file, i) => [`file ${i + 1}`, file] as const);

  test('says for which version it was made, and where that was read', () => {
    expect(client.version.length).toBeGreaterThan(5);
    expect(client.source.length).toBeGreaterThan(10);
    expect(client.steps(choice()).length).toBeGreaterThan(0);
    expect(client.limits.length).toBeGreaterThan(0);
  });

  test.each(files)(
    '%s is read back as what was meant, alone and merged, and merging again changes nothing',
    (_name, file) => {
      for (const key of Object.values(KEYS)) {
        const fragment = file.fragment(choice(key));
        const text = printed(file.format, fragment);
        if (file.format !== 'block') expect(READ[file.format](text)).toEqual(fragment);
        expect(merged(file.format, text, fragment, file.rules)).toBe(text);
        const other = merged(file.format, text, file.fragment(choice(key, 'kimi-k3')), file.rules);
        expect(merged(file.format, other, file.fragment(choice(key, 'kimi-k3')), file.rules)).toBe(other);
      }
    },
  );

  test('names a variable for the key, and holds the key itself only where it cannot', () => {
    const text = written(client, choice(KEYS['literal']));
    expect(text.includes(SECRET)).toBe(client.key === 'literal' && client.files.length > 0);
    const named = written(client, choice(KEYS['variable']));
    const ownVariable = client.keyVariable !== undefined;
    if (client.files.length > 0 && !ownVariable) {
      expect(named.includes(client.key === 'literal' ? PLACEHOLDER : 'PERIGEE_KEY')).toBe(true);
    }
    expect(written(client, choice(KEYS['none']))).not.toContain(PLACEHOLDER);
  });

  test('leads to the gateway', () => {
    const variables = JSON.stringify(client.environment?.(choice()) ?? {});
    const all = written(client, choice()) + variables + client.steps(choice()).join('\n');
    expect(all).toMatch(/(127\.0\.0\.1|host\.docker\.internal):8787|YOUR-PUBLIC-HOST/);
    expect(all).toContain('kimi-k2.6');
    expect(client.habits.body?.['model']).toBeUndefined();
  });

  test('holds nothing that is undefined, and odd names of models break nothing', () => {
    for (const model of ['it\'s/a "model"', 'a: b # c', '$(touch x) `x`', 'kimi\\k2']) {
      for (const file of client.files) {
        const fragment = file.fragment(choice(KEYS['variable'], model));
        expect(JSON.parse(JSON.stringify(fragment))).toEqual(fragment);
        const text = printed(file.format, fragment);
        if (file.format !== 'block') expect(READ[file.format](text)).toEqual(fragment);
      }
    }
  });
});

function written(client: ClientSetup, wanted: SetupChoice): string {
  return client.files.map((file) => printed(file.format, file.fragment(wanted))).join('\n');
}

test("Continue's own library takes our file, and finds the key in it by its name", () => {
  const [file] = clientNamed('continue')!.files;
  const text = printed('yaml', file!.fragment(choice()));
  const config = parseConfigYaml(text);
  expect(validateConfigYaml(config) ?? []).toEqual([]);
  expect(config.models).toEqual([
    expect.objectContaining({
      provider: 'openai',
      model: 'kimi-k2.6',
      apiBase: 'http://127.0.0.1:8787/v1',
      apiKey: '${{ secrets.PERIGEE_KEY }}',
      capabilities: ['tool_use', 'image_input'],
    }),
  ]);
  const own =
    'name: mine\nversion: 2.0.0\nschema: v1\nmodels:\n  - name: A\n    provider: ollama\n    model: a\n';
  const both = parseConfigYaml(merged('yaml', own, file!.fragment(choice()), file!.rules));
  expect([both.name, both.models?.length]).toEqual(['mine', 2]);
});

test('Crush is given commands that a shell takes as they are meant', () => {
  const [file] = clientNamed('crush')!.files;
  const text = String(file!.fragment(choice(KEYS['variable'], "a'b $(x)")));
  expect(text).toContain(`'perigee/a'\\''b $(x)'`);
  expect(text).toContain('--api-key "$PERIGEE_KEY"');
});

describe('places', () => {
  const system = { platform: 'linux', home: '/h', environment: {}, exists: () => false } as const;
  const place = (id: string, more = {}) =>
    placesOf(clientNamed(id)!.files, { ...system, ...more }, undefined)?.[0];

  test.each([
    ['codex', {}, '/h/.codex/config.toml'],
    ['codex', { environment: { CODEX_HOME: '/c' } }, '/c/config.toml'],
    ['opencode', {}, '/h/.config/opencode/opencode.json'],
    ['opencode', { environment: { XDG_CONFIG_HOME: '/x' } }, '/x/opencode/opencode.json'],
    ['opencode', { exists: (path: string) => path.endsWith('.jsonc') }, '/h/.config/opencode/opencode.jsonc'],
    ['cline', {}, '/h/.cline/data/settings/providers.json'],
    ['cline', { environment: { CLINE_DATA_DIR: '/d' } }, '/d/settings/providers.json'],
    ['cline', { environment: { CLINE_PROVIDER_SETTINGS_PATH: '/p.json', CLINE_DATA_DIR: '/d' } }, '/p.json'],
    ['zed', { platform: 'darwin' }, '/h/.config/zed/settings.json'],
    ['zed', { platform: 'win32', home: 'C:/h', environment: { APPDATA: 'C:/a' } }, 'C:/a/Zed/settings.json'],
    ['goose', { platform: 'win32', home: 'C:/h' }, 'C:/h/AppData/Roaming/Block/goose/config/config.yaml'],
    ['open-webui', {}, undefined],
  ])('%s %j', (id, more, expected) => {
    expect(place(id, more)).toBe(expected);
  });

  test('what belongs to the main file lies beside it, wherever that is', () => {
    expect(placesOf(clientNamed('aider')!.files, system, '/elsewhere/conf.yml')).toEqual([
      '/elsewhere/conf.yml',
      '/elsewhere/.aider.model.settings.yml',
      '/elsewhere/.aider.model.metadata.json',
    ]);
    expect(placesOf(clientNamed('goose')!.files, system, 'conf.yml')).toEqual([
      'conf.yml',
      'custom_providers/perigee.json',
    ]);
  });
});

test('what is known of a model comes from the gateway first, then from what is published', () => {
  const address = gatewayAddress('http://127.0.0.1:8787/v1/');
  expect(address).toMatchObject({
    chatUrl: 'http://127.0.0.1:8787/v1',
    messagesUrl: 'http://127.0.0.1:8787',
  });
  const listed = choiceOf(
    address,
    { id: 'kimi-k2.6', contextWindow: 1000, maxOutput: 500, images: false },
    { kind: 'none' },
  );
  expect(listed).toMatchObject({ contextWindow: 1000, maxOutput: 500, images: false, reasoning: true });
  expect(choice()).toMatchObject({
    contextWindow: 262_144,
    maxOutput: 32_768,
    images: true,
    prices: { input: 0.95 },
  });
  expect(choice(KEYS['none'], 'unheard-of')).toMatchObject({
    contextWindow: 131_072,
    reasoning: false,
    images: false,
  });
  expect(otherAddress('http://10.0.0.7:8000/v1')).toMatchObject({
    id: 'host-10-0-0-7',
    title: '10.0.0.7:8000',
  });
  expect(titleOf('moonshotai/kimi-k2.7-code')).toBe('Kimi K2.7 Code');
  expect(NO_SECRET).toBe('perigee');
});

test('docs/connect.md has every client, with the version it was made for and what was tried', () => {
  const page = readFileSync(new URL('../../docs/connect.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && line.includes('(`'));
  expect(rows.map((row) => /\(`([^`]+)`\)/.exec(row)?.[1])).toEqual(CLIENTS.map(({ id }) => id));
  for (const [i, { version, tried }] of CLIENTS.entries()) {
    expect(rows[i]).toContain(` ${version} |`);
    expect(rows[i]).toContain(` ${tried ?? 'not tried'} |`);
  }
});

/** The request that a client was recorded with. */
function recording(name: string): { path: string; body: Record<string, unknown> } {
  return JSON.parse(readFileSync(new URL(`../data/clients/${name}.json`, import.meta.url), 'utf8'));
}

const RECORDED = CLIENTS.flatMap(({ id, protocol, habits, otherwise }) => [
  { id, protocol, habits },
  ...(otherwise ? [{ id: `${id}, otherwise`, ...otherwise }] : []),
]).filter(({ habits }) => habits.recorded !== undefined);

test.each(RECORDED)('$id asks as it was recorded', ({ protocol, habits }) => {
  const { path, body } = recording(habits.recorded!);
  const { url, body: sent, stream } = trialRequest(protocol, habits, choice());
  expect(new URL(url).pathname + new URL(url).search).toBe(path);
  expect(stream).toBe(body['stream']);
  // Besides what a first request needs, it sends nothing that the client does not send.
  const needed = ['model', 'messages', 'input', 'tools', 'stream', 'max_tokens', 'system'];
  expect(Object.keys(sent).filter((field) => !needed.includes(field) && !(field in body))).toEqual([]);
  const [tool] = sent['tools'] as Record<string, unknown>[];
  const [theirs] = body['tools'] as Record<string, unknown>[];
  expect(Object.keys(tool!).filter((field) => !(field in theirs!))).toEqual([]);
});

test('what looks like a key is not shown in a difference, words and numbers are', () => {
  const before =
    'apiKey: abcdefgh1234\nmax_tokens: 123456789\nkey-board-shortcuts-for-all: 1\na: sk-live-0123456789abc\n';
  const lines = diffLines(before, `${before}model: x\napiKey: ${SECRET}\n`, [SECRET]);
  expect(lines.slice(1)).toEqual([
    ' max_tokens: 123456789',
    ' key-board-shortcuts-for-all: 1',
    ' a: ‹secret›',
    '+model: x',
    '+apiKey: ‹key›',
  ]);
  expect(diffLines(before, before.replace('abcdefgh1234', '${KEY}'))).toContain('-apiKey: ‹secret›');
});
