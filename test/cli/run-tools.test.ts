import { expect, test } from 'vitest';
import { folderWith, jsonLines, perigee } from './command.ts';
import { hostOf, rawAnswer, rawCall, rawSection } from './hosts.ts';

const DECLARED = '{ description: "d", inputSchema: { type: "object" }, execute: () => "done" }';

/** The tools that the model is given. */
async function toolsOf(list: string, cwd?: string): Promise<string[]> {
  const { baseUrl, seen } = await hostOf(rawAnswer('ok'));
  const args = ['run', '-q', '--base-url', baseUrl, '--model', 'm', '--tools', list, 'hi'];
  const { code, stderr } = await perigee(args, cwd === undefined ? {} : { cwd });
  expect([code, stderr]).toEqual([0, '']);
  const { tools = [] } = JSON.parse(seen[0]!.body) as { tools?: { function: { name: string } }[] };
  return tools.map((tool) => tool.function.name);
}

test.each([
  ['calculator', ['calculator']],
  ['files', ['list_files', 'read_file', 'search_files']],
  ['weather', ['get_weather']],
  ['incident', ['get_service_health', 'search_logs', 'get_deploys', 'page_engineer']],
  ['weather, calculator', ['get_weather', 'calculator']],
  ['none', []],
])('--tools %s', async (list, names) => {
  expect(await toolsOf(list)).toEqual(names);
});

test.each([
  ['a default export', `export default { one: ${DECLARED} };`],
  ['an export called tools', `export const tools = { one: ${DECLARED} };`],
  ['exports by name, helpers among them', `export const one = ${DECLARED}; export const limit = 7;`],
  ['what is left to do when it has run', `setInterval(() => {}, 1000); export const one = ${DECLARED};`],
])('a module with %s', async (_, text) => {
  const cwd = folderWith({ 'my-tools.mjs': text });
  expect(await toolsOf('./my-tools.mjs,weather', cwd)).toEqual(['one', 'get_weather']);
});

test.each([
  ['missing.mjs', 'there is no file', 'missing.mjs'],
  ['./', 'is a folder', '--tools'],
  ['empty.mjs', 'exports no tools', 'export default {'],
  ['throws.mjs', 'Error: not today', 'throws.mjs:2'],
  ['broken.mjs', 'SyntaxError', 'broken.mjs:2'],
  ['twice.mjs,calculator', 'two tools are called calculator', '--tools'],
])('--tools %s', async (list, wrong, place) => {
  const cwd = folderWith({
    'empty.mjs': 'export const answer = 42;',
    'throws.mjs': '\nthrow new Error("not today");',
    'broken.mjs': 'const a = 1;\nconst = 2;',
    'twice.mjs': `export const calculator = ${DECLARED};`,
  });
  const { code, stdout, stderr } = await perigee(['run', '--tools', list, 'hi'], { cwd });
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(wrong);
  expect(stderr).toContain(place);
});

test('what a tool prints with console stays out of --json', async () => {
  const cwd = folderWith({
    'loud.mjs': `console.log("loaded"); export const loud = { ...${DECLARED}, execute() { console.log("called"); return "done"; } };`,
  });
  const { baseUrl } = await hostOf(rawAnswer(rawSection(rawCall('functions.loud:0', '{}'))), rawAnswer('ok'));
  const args = ['run', '--json', '--base-url', baseUrl, '--model', 'm', '--tools', './loud.mjs', 'hi'];
  const { code, stdout, stderr } = await perigee(args, { cwd });
  expect(code).toBe(0);
  expect(jsonLines(stdout).at(-1)).toMatchObject({ type: 'end', result: { text: 'ok' } });
  expect(stderr).toMatch(/^loaded\n[^\n]*\n\ncalled\n$|^loaded\n[^\n]*\ncalled\n$/);
});
