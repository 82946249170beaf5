import { describe, expect, test } from 'vitest';
import type { UpstreamConfig } from '../../src/cli/config/config.ts';
import { type Cut, engine } from '../upstream/raw-engine.ts';
import { servedBy, upstreamAt } from './served-by.ts';

const THOUGHT = 'Both at once.';
const CALLS =
  '<|tool_calls_section_begin|><|tool_call_begin|>functions.do_it:0<|tool_call_argument_begin|>' +
  '{"text": "a \\"q\\" <|im_end|> é👍", "n": [1, {"z": null}]}<|tool_call_end|>' +
  '<|tool_call_begin|>functions.do_it:1<|tool_call_argument_begin|>{"text": "b"}<|tool_call_end|>' +
  '<|tool_calls_section_end|>';
const TEXT = `${THOUGHT}</think>Now.${CALLS}`;
/** Places inside the first call, between the two, and inside the second. */
const CUTS = ['"q\\', '{"z"', 'null', ':1<|tool_call_arg', '{"text": "b'].map(
  (mark) => TEXT.indexOf(mark) + mark.length,
);

interface Engine {
  readonly upstream: Partial<UpstreamConfig>;
  /** What was written already, by a request. */
  written(body: Record<string, unknown>): string;
  choice(text: string): Record<string, unknown>;
}

const lastOf = ({ messages }: Record<string, unknown>) =>
  (messages as { role: string; content: string; reasoning?: string }[]).at(-1)!;

const ENGINES: { readonly [name: string]: Engine } = {
  completions: {
    upstream: { protocol: 'completions' },
    written: ({ prompt }) =>
      /<\|im_middle\|>(?:<think>)((?:(?!<\|im_middle\|>)[\s\S])*)$/.exec(String(prompt))?.[1] ?? '',
    choice: (text) => ({ text }),
  },
  vllm: {
    upstream: { hostId: 'vllm', format: 'kimi' },
    written(body) {
      const { role, content, reasoning } = lastOf(body);
      return role === 'assistant' ? `${reasoning}</think>${content}` : '';
    },
    choice: (text) => ({ delta: { content: text } }),
  },
  sglang: {
    upstream: { hostId: 'sglang', format: 'kimi' },
    written(body) {
      const { role, content } = lastOf(body);
      return role === 'assistant' ? content : '';
    },
    choice: (text) => ({ delta: { content: text } }),
  },
};

const PARAMETERS = { type: 'object', properties: { text: { type: 'string' }, n: { type: 'array' } } };
/** The engine knows the tool by another name. */
const NAME = 'do.it';
const FRONTS = {
  '/v1/chat/completions': {
    messages: [{ role: 'user', content: 'x' }],
    tools: [{ type: 'function', function: { name: NAME, parameters: PARAMETERS } }],
  },
  '/v1/messages': {
    max_tokens: 20_000,
    messages: [{ role: 'user', content: 'x' }],
    tools: [{ name: NAME, input_schema: PARAMETERS }],
  },
  '/v1/responses': { input: 'x', tools: [{ type: 'function', name: NAME, parameters: PARAMETERS }] },
};

describe.each(Object.entries(ENGINES))('an answer of %s', (_, { upstream, written, choice }) => {
  describe.each(['length', 'network', 'stop'] as const)('that is cut by %s', (how) => {
    test.each(Object.entries(FRONTS))('reaches a client of %s as if it were not', async (path, body) => {
      const { fetch, logs, use } = await ground(how);
      for (const stream of [false, true]) {
        const ask = async () => {
          const response = await fetch(`http://gateway${path}`, {
            method: 'POST',
            body: JSON.stringify({ model: 'kimi', stream, ...body }),
          });
          return plain(await response.text(), stream);
        };
        use();
        const uncut = await ask();
        expect(uncut).toContain('null');
        for (const cut of CUTS) {
          use(cut);
          expect(await ask()).toBe(uncut);
          expect(logs.at(-1)).toMatchObject({
            status: 200,
            finish: 'tool-calls',
            notes: { 'truncation:continued': 1 },
          });
        }
      }
    });
  });

  async function ground(how: Cut) {
    const cuts: number[] = [];
    const host = await engine({ how, cuts, text: TEXT, written, choice, chunkSize: 1 });
    const served = await servedBy([upstreamAt(host.baseUrl, upstream)], { routing: { retries: 0 } });
    return {
      ...served,
      /** The next answer is cut there. */
      use(cut?: number) {
        cuts[host.seen.length] = cut ?? TEXT.length;
        cuts[host.seen.length + 1] = TEXT.length;
      },
    };
  }
});

/** What an answer says, whatever its ids, its times, its usage and the pieces of its stream are. */
function plain(text: string, stream: boolean): string {
  if (!stream) {
    return text
      .replaceAll(/[0-9a-z]{24}/g, 'ID')
      .replaceAll(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
      .replaceAll(/"usage":\{[^{}]*(\{[^{}]*\}[^{}]*)*\}/g, '"usage":{}')
      .replaceAll(/"(signature|encrypted_content)":"[^"]*"/g, '"$1":""');
  }
  const pieces = new Map<string, string>();
  const rest = text.replaceAll(
    /"(content|reasoning_content|arguments|partial_json|thinking|text|delta)":("(?:[^"\\]|\\.)*")/g,
    (_, field: string, value: string) => {
      pieces.set(field, (pieces.get(field) ?? '') + (JSON.parse(value) as string));
      return '';
    },
  );
  const words = rest.match(/"(finish_reason|stop_reason|status|name)":"[^"]*"/g) ?? [];
  return JSON.stringify([...pieces, ...words.sort()]);
}
