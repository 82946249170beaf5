import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from 'rolldown/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDocuments } from './documents.ts';
import { run } from './run.ts';
import { ROOT } from './source-files.ts';

/** Packages that an example may import: this one, as its reader has it, and those that readers bring along. */
const PACKAGES = ['openai', 'zod', 'valibot', 'arktype', '@valibot/to-json-schema'];

const examples = readDocuments().flatMap(({ path, blocks }) =>
  blocks
    .filter(({ info }) => /^(js|ts|mjs|javascript|typescript)\b/.test(info))
    .filter(({ info }) => !/\bno-run\b/.test(info))
    .map((block) => ({ where: `${path}:${block.line}`, ...block })),
);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'perigee-examples-'));
  for (const name of ['perigee', ...PACKAGES]) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(name === 'perigee' ? ROOT : join(ROOT, 'node_modules', name), link, 'junction');
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the documents have examples', () => {
  expect(examples.length).toBeGreaterThan(0);
});

test.concurrent.each(examples)('the example of $where runs', async ({ where, info, code }) => {
  const script = info.startsWith('t') ? transformSync('example.ts', code).code : code;
  // No key, no colours: what an example prints must not depend on whose terminal it is.
  const { MOONSHOT_API_KEY: _, ...env } = { ...process.env, NO_COLOR: '1' } as NodeJS.ProcessEnv;
  const args = ['--input-type=module', '-'];
  const ran = await run(process.execPath, args, { cwd: folder, input: script, env });
  expect(ran, `${where}\n${ran.stdout}\n${ran.stderr}`).toMatchObject({ code: 0, stderr: '' });
});
