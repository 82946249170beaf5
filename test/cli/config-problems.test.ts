import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { showProblem } from '../../src/cli/config/excerpt.ts';
import { loadConfig } from '../../src/cli/config/load-config.ts';

const MODEL = 'models: [{ name: kimi, upstreams: [{ url: "http://127.0.0.1:1/v1" }] }]';

/** The problems of a file, as `line:column message remedy`. */
function problemsOf(text: string, environment: NodeJS.ProcessEnv = {}): string[] {
  const loaded = loadConfig(text, { environment });
  if ('config' in loaded) return [];
  return loaded.problems.map(({ line, column, message, remedy }) => `${line}:${column} ${message} ${remedy}`);
}

function shown(text: string, environment: NodeJS.ProcessEnv = {}): string {
  const loaded = loadConfig(text, { environment });
  if ('config' in loaded) return '';
  return loaded.problems.map((problem) => showProblem(problem, text, 'perigee.yaml')).join('\n');
}

test('a budget is in order where what its models cost is known', () => {
  const file = (prices: string) =>
    `keys: [{ id: ci, key: abc, models: [kimi], monthly_budget_usd: 5 }]\nmodels: [{ name: kimi, upstreams: [{ url: "http://x/v1", ${prices} }] }, { name: other, upstreams: [{ url: "http://y/v1" }] }]`;
  expect(problemsOf(file('prices: { input: 0, cached_input: 0, output: 0 }'))).toEqual([]);
  expect(problemsOf(file('model: other'))).toHaveLength(1);
});

describe('a fault is named with its place and what to do', () => {
  test.each([
    ['nothing', '', '1:1 The file is empty. It must be a section'],
    ['only a comment', '# later\n', 'The file is empty.'],
    ['a list', '- a\n', '1:1 The file is a list. It must be a section'],
    ['no models', 'log: json\n', '1:1 The file has no models. Add models'],
    ['an unknown name', `${MODEL}\nlgo: json\n`, '2:1 lgo is no setting. Did you mean log?'],
    [
      'a budget that nothing is counted against',
      `keys: [{ id: ci, key: abc, monthly_budget_usd: 5 }]\n${MODEL}\n`,
      '1:48 The budget of ci cannot be counted: what kimi costs at 127.0.0.1:1 is not known. Add prices:',
    ],
    [
      'letters that changed places',
      `${MODEL}\nserver:\n  prot: 1\n`,
      '3:3 server.prot is no setting. Did you mean port?',
    ],
    [
      'a number that is too large',
      `${MODEL}\nserver: { limits: { body_mb: 2000 } }\n`,
      '2:30 server.limits.body_mb is 2000. It must be a number above 0, at most 1024.',
    ],
    ['a tab', 'models:\n\t- name: kimi\n', '2:1 The line is indented with a tab. Indent with spaces'],
    [
      'a name that stands twice',
      `${MODEL}\nlog: json\nlog: none\n`,
      '3:1 log stands twice in its section. Keep one',
    ],
    ['a variable without quotes in brackets', 'models: [${A}]\n', 'put quotes around "${NAME}"'],
    ['an open bracket', 'models: [\n', 'This is not YAML'],
    ['two documents', `${MODEL}\n---\n${MODEL}\n`, '2:1 A second document begins here.'],
    ['a star', 'models: *\n', '1:9 A * here begins an alias, and no name follows. Put the text in quotes'],
    [
      'an alias of nothing',
      'models: *there\n',
      '1:9 models is the alias *there, which nothing before it defines.',
    ],
    [
      'a merge of no section',
      `x-a: &a [1]\n${MODEL}\nserver:\n  <<: *a\n`,
      '4:7 << merges something that is no section.',
    ],
    ['a tag', `${MODEL}\nlog: !secret json\n`, '2:6 The tag !secret is not known. Leave it out.'],
    [
      'a number for a text',
      MODEL.replace('kimi', '26'),
      '1:18 models[0].name is a number, not a text. Put quotes around it.',
    ],
    [
      'a text for a number',
      `${MODEL}\nserver: { port: 8_080 }`,
      '2:17 server.port is a text. It must be a whole number from 0 to 65535.',
    ],
    [
      'a number out of range',
      `${MODEL}\nserver: { port: 65536 }`,
      'server.port is 65536. It must be a whole number from 0 to 65535.',
    ],
    ['a value that is missing', `${MODEL}\nserver:\n`, '2:1 server is empty. Give it a value'],
    [
      'a value that is not known',
      `${MODEL}\nlog: jsn`,
      '2:6 log is "jsn", which is not known. Did you mean json?',
    ],
    ['an empty list', 'models: []', '1:9 models is an empty list. Add an entry.'],
    [
      'no address',
      'models: [{ name: a, upstreams: [{ weight: 1 }] }]',
      '1:33 models[0].upstreams[0] has neither host nor url.',
    ],
    [
      'an account in the address',
      'models: [{ name: kimi-k2.6, upstreams: [{ host: cloudflare-workers-ai }] }]',
      'holds the name of your account',
    ],
    [
      'an engine without usual port',
      'models: [{ name: a, upstreams: [{ host: trtllm }] }]',
      'TensorRT-LLM has no usual address that is known. Add url:',
    ],
    [
      'no Anthropic address',
      'models: [{ name: kimi-k2.6, upstreams: [{ host: fireworks, protocol: anthropic-messages }] }]',
      'no address for Anthropic Messages',
    ],
    [
      'a model that the host has not',
      'models: [{ name: gpt-9, upstreams: [{ host: moonshot }] }]',
      'Moonshot AI is not known to have a model named gpt-9. Add model:',
    ],
    [
      'a setting without effect',
      MODEL.replace('url:', 'template: kimi-k2.6, url:'),
      'models[0].upstreams[0].template has no effect with the protocol openai-chat.',
    ],
    [
      'a prompt that cannot be written',
      MODEL.replace('url:', 'protocol: completions, model: kimi-k3, url:'),
      'There is no prompt template for kimi-k3',
    ],
    [
      'a header of ours',
      MODEL.replace('url:', 'headers: { Content-Length: "1" }, url:'),
      'headers.Content-Length is a header that is set here already. Remove it.',
    ],
    [
      'a key that is no hash',
      `${MODEL}\nkeys: [{ id: a, key: "sha256:12" }]`,
      '2:22 keys[0].key begins with sha256: and is no hash of 64 hex digits.',
    ],
    [
      'an id twice',
      `${MODEL}\nkeys: [{ id: a, key: k1 }, { id: a, key: k2 }]`,
      '2:34 keys[1].id: the id a was already given as keys[0].id.',
    ],
    [
      'a key twice',
      `${MODEL}\nkeys: [{ id: a, key: k1 }, { id: b, key: k1 }]`,
      '2:42 keys[1].key: its key was already given as keys[0].key.',
    ],
    [
      'a key for a model that is not there',
      `${MODEL}\nkeys: [{ id: a, key: k1, models: [kimmi] }]`,
      '"kimmi", which is the name of no model here. Did you mean kimi?',
    ],
    [
      'a name twice',
      'models: [{ name: a, upstreams: &u [{ url: "http://h/v1" }] }, { name: a, upstreams: *u }]',
      'models[1].name: "a" is already models[0].name.',
    ],
    [
      'all networks without keys',
      `${MODEL}\nserver: { host: 0.0.0.0 }`,
      '2:17 server.host is 0.0.0.0, which others can reach, and there are no keys. Add keys:',
    ],
    [
      'a variable that is not set',
      `${MODEL}\nsecret: \${SECRET}`,
      '2:9 secret needs the environment variable SECRET, which is not set. Set SECRET',
    ],
    [
      'a variable that is empty',
      `${MODEL}\nsecret: \${EMPTY}`,
      'needs the environment variable EMPTY, which is empty.',
    ],
    [
      'a variable that is none',
      `${MODEL}\nsecret: \${not-one}`,
      '2:9 secret holds a ${ that begins no variable. Write ${NAME}',
    ],
    [
      'a variable of the wrong form',
      `${MODEL}\nserver: { port: "\${WORD}" }`,
      'server.port, which comes from WORD, is not of the right form. It must be a whole number',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text, { EMPTY: ' ', WORD: 'word' }).join('\n')).toContain(expected);
  });

  test('all at once, in the order of the file', () => {
    const problems = problemsOf(
      'server: { prot: 1 }\nmodels:\n  - name: a\n    upstreams: [{ host: moonshto }]\n  - name: b\n    upstreams: []\n    alias: x\nlog: ${MISSING}\n',
    );
    expect(problems.map((problem) => problem.split(' ', 2).join(' '))).toEqual([
      '1:11 server.prot',
      '4:25 models[0].upstreams[0].host',
      '6:16 models[1].upstreams',
      '7:5 models[1].alias',
      '8:6 log',
    ]);
  });

  test('a fault has no echo: what it may have meant is not missing', () => {
    const problems = problemsOf('models: [{ name: a, upstreams: [{ ulr: "http://h/v1" }] }]');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('Did you mean url?');
  });
});

describe('the line is shown', () => {
  test('with a mark below the place', () => {
    expect(shown(`${MODEL}\nserver:\n  port: no\n`)).toBe(
      'perigee.yaml:3:9: server.port is a text.\n     3 |   port: no\n       |         ^\n  It must be a whole number from 0 to 65535.\n',
    );
  });

  const SECRET = 'sk-very-secret-1234567890';
  test.each([
    ['beside a fault', `${MODEL}\nkeys: [{ id: "a b", key: ${SECRET} }]`],
    ['of the wrong form', `${MODEL}\nkeys:\n  - id: a\n    key: "${SECRET} x"`],
    ['in several lines', `${MODEL}\nkeys:\n  - id: a\n    key: |\n      ${SECRET}\n      x`],
    ['where a list should be', `${MODEL}\nkeys: ${SECRET}`],
    ['in a URL', `models: [{ name: a, upstreams: [{ url: "ftp://u:${SECRET}@h/?key=${SECRET}" }] }]`],
    ['in the user of a URL', `models: [{ name: a, upstreams: [{ url: "http://u:${SECRET}@h/" }] }]`],
    [
      'in a header',
      `models:\n  - name: a\n    upstreams:\n      - url: http://h\n        headers:\n          X-A: "${SECRET}\\n"`,
    ],
    ['in broken YAML', `keys: [{ key: ${SECRET} }\nmodels: "`],
    ['in a broken flow', `secret: {${SECRET}: "${SECRET}" "${SECRET}"}`],
    ['under a name that is not known', `${MODEL}\napi_keys: ${SECRET}`],
    ['under any name', `${MODEL}\nthing: ${SECRET}`],
    ['from the environment', `${MODEL}\nsecret: \${SHORT}\nlog: \${SECRET}\nserver: { port: "\${SECRET}" }`],
  ])('without the secret %s', (_, text) => {
    const output = shown(text, { SECRET, SHORT: 'sk-short' });
    expect(output).toMatch(/^perigee\.yaml:\d+:\d+: /);
    expect(output).not.toMatch(/very-secret|sk-short/);
  });

  test('without characters that move the cursor', () => {
    expect(shown('models: "\\e[2J"\n"\u001b[2J": 1')).not.toContain('\u001b');
  });
});

describe('whatever the text, there is an answer', () => {
  test.each([
    ['brackets', '['.repeat(200_000)],
    ['dashes', '- '.repeat(200_000)],
    ['indentation', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['a file too long', `# ${'x'.repeat(2_000_000)}`],
    ['aliases of aliases', bomb()],
    ['an alias of itself', 'x-a: &a [*a]\nmodels: *a\n'],
    ['an alias of what it stands in', 'models:\n  - &m\n    name: a\n    upstreams: [*m]\n'],
    ['a merge in a circle', `x-a: &a\n  <<: *a\nserver:\n  <<: *a`],
    ['many aliases', `x-a: &a a\nmodels: [${'*a, '.repeat(20_000)}]`],
    ['NUL', 'models: \0'],
    ['names of prototypes', '__proto__: { log: json }\nconstructor: 1\ntoString: 2\n'],
    ['names of prototypes in headers', MODEL.replace('url:', 'headers: { __proto__: a, "": b }, url:')],
    ['a binary value', `${MODEL}\nlog: !!binary aGk=`],
    ['a number without end', `${MODEL}\nserver: { port: 1e999 }`],
    ['a key of a number', '1: 2'],
    ['a key of a list', '? [a]\n: b'],
  ])('%s', (_, text) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(100);
  });

  test('and a place in the text', () => {
    const piece = fc.constantFrom(
      ...[
        'models',
        'name',
        ': ',
        '- ',
        '\n',
        '  ',
        '[',
        ']',
        '{',
        '}',
        '"',
        "'",
        '&a ',
        '*a',
        '<<',
        '${',
        '}',
        '!',
        '|',
        '#',
        'x',
        '1',
        '\t',
        ',',
        '\r\n',
        '---',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const loaded = loadConfig(text, { environment: {} });
        if ('config' in loaded) throw new Error('no such text is in order');
        const lines = text.split('\n').length;
        for (const problem of loaded.problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.line).toBeLessThanOrEqual(lines);
          expect(showProblem(problem, text, 'f')).toContain(problem.remedy.slice(0, 10));
        }
        expect(loaded.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});

function bomb(): string {
  const levels = ['x-0: &a0 { a: 1, b: 2 }'];
  for (let i = 1; i < 30; i++) levels.push(`x-${i}: &a${i} [${`*a${i - 1}, `.repeat(8)}]`);
  return `${levels.join('\n')}\nmodels: [{ name: a, upstreams: [{ url: "http://h", extra_body: { x: *a29 } }] }]`;
}
