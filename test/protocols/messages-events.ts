import type { StreamEvent } from '../../src/core/index.ts';
import type { EncodeOptions } from '../../src/protocols/index.ts';
import { type MessagesReply, messagesFront } from '../../src/protocols/index.ts';

export const OPTIONS: EncodeOptions<MessagesReply> = {
  id: 'a1',
  model: 'kimi',
  created: 0,
  reply: { hideReasoning: false },
};

/** The text of a whole streamed answer. */
export function streamText(
  events: readonly StreamEvent[],
  options: Partial<EncodeOptions<MessagesReply>> = {},
): string {
  const encoder = messagesFront.createEncoder({ ...OPTIONS, ...options });
  return encoder.begin() + events.map((event) => encoder.push(event)).join('');
}

/** The events of such a text as names and data. */
export function eventsOf(text: string): { readonly event: string; readonly data: Record<string, unknown> }[] {
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((block) => {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(block) ?? [];
      return { event, data: JSON.parse(data) as Record<string, unknown> };
    });
}

export const text = (delta: string): StreamEvent => ({ type: 'text-delta', delta });
export const reasoning = (delta: string, signature?: string): StreamEvent => ({
  type: 'reasoning-delta',
  delta,
  ...(signature !== undefined && { signature }),
});
export const start = (index: number, name: string, id = `functions.${name}:${index}`): StreamEvent => ({
  type: 'tool-call-start',
  index,
  id,
  name,
});
export const args = (index: number, delta: string): StreamEvent => ({
  type: 'tool-call-delta',
  index,
  delta,
});
export const end = (index: number): StreamEvent => ({ type: 'tool-call-end', index });
export const invalid = (
  index: number,
  reason: 'undeclared' | 'invalid-arguments' | 'cut',
  written: string,
): StreamEvent => ({ type: 'tool-call-invalid', reason, index, rawId: '', arguments: written });
export const finish = (
  reason: 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'error' = 'stop',
): StreamEvent => ({ type: 'finish', reason });
