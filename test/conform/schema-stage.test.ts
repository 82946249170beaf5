import { expect, test } from 'vitest';
import { checkMfjs, MFJS_LIMITS, schemaStage } from '../../src/conform/index.ts';
import type { JsonSchema, Note } from '../../src/core/index.ts';
import { hostProfile } from '../../src/profiles/index.ts';

const NAMES = Array.from({ length: 7000 }, (_, at) => `field_${at}`);

/** About a megabyte, with a keyword in each property that has to go. */
const LARGE: JsonSchema = {
  type: 'object',
  properties: Object.fromEntries(
    NAMES.map((name) => [name, { type: 'string', description: 'd'.repeat(100), format: 'date' }]),
  ),
};

function sent(hostId?: string): { readonly schema: JsonSchema; readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const host = hostId === undefined ? undefined : hostProfile(hostId);
  const { tools } = schemaStage(
    { messages: [], tools: [{ name: 'large', parameters: LARGE }] },
    { modelId: 'kimi-k2.6', protocol: 'openai-chat', ...(host && { host }) },
    (note) => notes.push(note),
  );
  return { schema: tools![0]!.parameters!, notes };
}

test('a megabyte of schema keeps its fields where no limit is known', () => {
  for (const host of [undefined, 'fireworks']) {
    const { schema, notes } = sent(host);
    expect(Object.keys(schema['properties'] as object)).toEqual(NAMES);
    expect(JSON.stringify(schema).length).toBeGreaterThan(700_000);
    expect(JSON.stringify(schema)).not.toContain('"format":');
    expect(notes).toHaveLength(1);
  }
});

test('engines get it as it is', () => {
  expect(sent('vllm')).toEqual({ schema: LARGE, notes: [] });
});

test("on Moonshot's hosts it fits into their limits, the rest stays allowed", () => {
  const { schema } = sent('moonshot');
  expect(checkMfjs(schema, MFJS_LIMITS)).toBeUndefined();
  expect(schema).not.toMatchObject({ additionalProperties: false });
});
