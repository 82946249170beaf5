import { expect, test } from 'vitest';
import { folderWith, jsonLines, perigee } from './command.ts';

const NOTICE = 'practice model, not Kimi; set MOONSHOT_API_KEY or --base-url for the real one\n';
const INCIDENT =
  'Checkout users are reporting failed orders in the last few minutes. Find out what is going on and take the appropriate action.';

test('the incident, from the first line to the last', async () => {
  const { code, stdout, stderr } = await perigee(['run', '--tools', 'incident', INCIDENT]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.startsWith(NOTICE)).toBe(true);
  const at = (text: string) => {
    expect(stdout).toContain(text);
    return stdout.indexOf(text);
  };
  const inOrder = [
    '→ get_service_health {"service":"checkout"}',
    '→ search_logs',
    '→ get_deploys',
    '← get_service_health',
    '3 calls side by side',
    '→ page_engineer',
    '"incident_id":"INC-4821"',
    '## Checkout is failing since 13:42',
    '- Error rate 0.182',
    '3 steps · 4 calls · ',
  ].map(at);
  expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
  expect(stdout).toMatch(
    /\n3 steps · 4 calls · [\d,]+ tokens in \([\d,]+ cached\), \d+ out · \$0 \(practice model\) · [\d.]+ m?s\n$/,
  );
  expect(stdout).not.toContain('\x1b');
  expect(stdout).not.toContain('<|');
});

test.each([
  ['What is 17 times 23?', '17 * 23 = **391**\n'],
  ["What's the weather in Paris?", /Paris.*°C/],
  ['Write a poem about rain', /practice model.*not Kimi[\s\S]*MOONSHOT_API_KEY[\s\S]*--base-url/],
])('%s', async (prompt, answer) => {
  const { code, stdout, stderr } = await perigee(['run', '-q', prompt]);
  expect([code, stderr]).toEqual([0, '']);
  if (typeof answer === 'string') expect(stdout).toBe(answer);
  else expect(stdout).toMatch(answer);
});

test('a question about the folder that the command runs in', async () => {
  const cwd = folderWith({ 'a.txt': '', 'b.txt': '', 'c.txt': '' });
  const prompt = 'How many files are in this folder, and what is that count times 9?';
  const { stdout } = await perigee(['run', '-q', prompt], { cwd });
  expect(stdout).toMatch(/\*\*3\*\* files[\s\S]*3 \* 9 = \*\*27\*\*/);
});

test.each([
  ['words without quotes', ['What', 'is', '6*7?'], ''],
  ['- and standard input', ['-'], 'What is 6*7?'],
  ['standard input alone', [], '\ufeffWhat is 6*7?\r\n'],
  ['after --', ['--', 'What is 6*7?'], ''],
])('the prompt: %s', async (_, words, input) => {
  const { code, stdout } = await perigee(['run', '-q', ...words], { input });
  expect([code, stdout]).toEqual([0, '6*7 = **42**\n']);
});

test.each([
  ['', []],
  [' \n', ['-']],
  ['', ['  ']],
])('an empty prompt is wrong usage: %j %j', async (input, words) => {
  const { code, stdout, stderr } = await perigee(['run', ...words], { input });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('the prompt is empty');
  expect(stderr).toContain('perigee run "…"');
});

test('--json: every line of standard output is an event, all else goes to standard error', async () => {
  const { code, stdout, stderr } = await perigee(['run', '--json', 'What is 2+3?']);
  expect([code, stderr]).toEqual([0, NOTICE]);
  const events = jsonLines(stdout);
  const types = events.map((event) => event['type']);
  expect(types[0]).toBe('step-start');
  for (const type of [
    'reasoning-delta',
    'tool-call-start',
    'tool-start',
    'tool-result',
    'text-delta',
    'finish',
  ]) {
    expect(types).toContain(type);
  }
  expect(types.indexOf('end')).toBe(types.length - 1);
  expect(events.at(-1)).toMatchObject({ result: { text: '2+3 = **5**', finishReason: 'stop' } });
});

test.each([
  ['--max-steps', '1', 'The limit of steps was reached', '2 steps · 1 call', /^I was stopped before/],
  ['--max-tokens', '5', 'The output limit was reached before the answer began', '1 step · 0 calls', /^$/],
])('%s %s ends without an answer: exit code 3, and why', async (flag, value, why, summary, text) => {
  const shown = await perigee(['run', flag, value, 'What is 2+3?']);
  expect(shown.code).toBe(3);
  expect(shown.stdout).toContain(why);
  expect(shown.stdout).toContain(flag);
  expect(shown.stdout).toContain(summary);
  const quiet = await perigee(['run', '-q', flag, value, 'What is 2+3?']);
  expect(quiet.code).toBe(3);
  expect(quiet.stdout).toMatch(text);
  expect(quiet.stderr).toContain(why);
});

test('--tool-choice in all four forms', async () => {
  const calls = async (choice: string, prompt: string) => {
    const { code, stdout } = await perigee(['run', '--json', '--tool-choice', choice, prompt]);
    expect(code).toBe(0);
    return jsonLines(stdout)
      .filter((event) => event['type'] === 'tool-result')
      .map((event) => event['name']);
  };
  expect(await calls('auto', 'What is 2+3?')).toEqual(['calculator']);
  expect(await calls('none', 'What is 2+3?')).toEqual([]);
  expect(await calls('required', 'hello')).toHaveLength(1);
  expect(await calls('get_weather', 'hello')).toEqual(['get_weather']);
});

test.each([
  [['--tool-choice', 'calcualtor'], 'Did you mean calculator?', 'get_weather'],
  [['--tool-choice', 'required', '--tools', 'none'], 'there are no tools', '--tools'],
  [['--tools', 'weater'], 'Did you mean weather?', 'calculator, files, weather, incident'],
  [['--thinking', 'maybe'], "'maybe' is invalid", 'on, off, keep'],
  [['--max-steps', '0'], 'whole number from 1', 'perigee run --help'],
  [['--modl', 'x'], "unknown option '--modl'", 'Did you mean --model?'],
  [['--replay', 'none.jsonl'], 'none.jsonl', 'no such file'],
] as const)('%j is refused with what was wrong and what to do', async (args, wrong, remedy) => {
  const { code, stdout, stderr } = await perigee(['run', ...args, 'hello']);
  expect([code, stdout]).toEqual([args[0] === '--replay' ? 1 : 2, '']);
  expect(stderr).toMatch(/^perigee: /);
  expect(stderr).toContain(wrong);
  expect(stderr).toContain(remedy);
});

test.each(['on', 'off', 'keep'])('--thinking %s', async (thinking) => {
  const { code, stdout } = await perigee(['run', '--thinking', thinking, 'What is 2+3?']);
  expect(code).toBe(0);
  expect(stdout.includes('This is arithmetic.')).toBe(thinking !== 'off');
});
