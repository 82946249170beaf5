import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ROOT } from './source-files.ts';

/**
 * Bytes, gzipped: what a page may pay to read what a model wrote. Both sides of all protocols take more, and so do the
 * formats with what explains them, which a page pays for that asks for it.
 */
const MOST_BYTES = 20_000;
const MOST_BYTES_OF: { readonly [room: string]: number } = { protocols: 40_000, formats: 23_000 };

const KIMI = [
  '<think>Both.</think>On it.<|tool_calls_section_begin|>',
  '<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{"city": "Köln"}<|tool_call_end|>',
  '<|tool_calls_section_end|>',
];

describe.each(['core', 'formats', 'protocols', 'profiles'])('%s in a browser', (room) => {
  test('is one bundle that asks for nothing', async () => {
    const { code, outside, warnings } = await bundle(room);
    expect({ outside, warnings }).toEqual({ outside: [], warnings: [] });
    const bytes = gzipSync(code).length;
    console.log(`perigee/${room} for a browser: ${code.length} bytes minified, ${bytes} gzipped`);
    expect(bytes).toBeLessThan(MOST_BYTES_OF[room] ?? MOST_BYTES);
  });

  test('loads where there is nothing of Node and nothing of a browser', async () => {
    const { code } = await bundle(room);
    expect(Object.keys(runInContext(`${code}; room`, bareWorld())).length).toBeGreaterThan(0);
  });
});

test('who does not import what explains the parser does not pay for it', async () => {
  const all = await bundle('formats');
  const folder = await mkdtemp(join(tmpdir(), 'perigee-page-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const page = join(folder, 'page.js');
  const names = 'createParser, createReparser, parse, renderPrompt, repairArguments, startsInReasoning';
  const from = JSON.stringify(join(ROOT, 'dist', 'formats', 'index.js'));
  await writeFile(page, `export { ${names} } from ${from};`);
  const { code } = await bundle('formats', page);
  expect(all.code).toContain('opens the reasoning');
  expect(code).not.toContain('opens the reasoning');
  expect(gzipSync(code).length).toBeLessThan(MOST_BYTES);
});

test('the bundled parser reads what Kimi writes', async () => {
  const { code } = await bundle('formats');
  const script = `${code};
    const parser = room.createParser({ tools: [{ name: 'get_weather' }] });
    const events = chunks.flatMap((chunk) => [...chunk].flatMap((character) => parser.push(character)));
    JSON.stringify([...events, ...parser.end()]);`;
  const events = JSON.parse(runInContext(script, bareWorld({ chunks: KIMI }))) as Record<string, unknown>[];
  const joined = (type: string) =>
    events
      .filter((event) => event['type'] === type)
      .map(({ delta }) => delta)
      .join('');
  expect(joined('reasoning-delta')).toBe('Both.');
  expect(joined('text-delta')).toBe('On it.');
  expect(joined('tool-call-delta')).toBe('{"city": "Köln"}');
  expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' });
});

/** The language and no more: `console`, timers, `fetch`, `TextDecoder` are not part of it. */
function bareWorld(globals: object = {}) {
  return createContext({ ...globals });
}

/** Everything that a room exports, as a script that sets the global `room`. */
async function bundle(
  room: string,
  input = join(ROOT, 'dist', room, 'index.js'),
): Promise<{ code: string; outside: string[]; warnings: string[] }> {
  const warnings: string[] = [];
  const build = await rolldown({
    input,
    platform: 'browser',
    onLog: (_, { message }) => warnings.push(message),
  });
  const { output } = await build.generate({ format: 'iife', name: 'room', minify: true });
  await build.close();
  const [{ code, imports, dynamicImports }, ...more] = output;
  return {
    code,
    outside: [...imports, ...dynamicImports, ...more.map(({ fileName }) => fileName)],
    warnings,
  };
}
