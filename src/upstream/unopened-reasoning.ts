import type { StreamEvent } from '../core/index.ts';
import type { Reparser } from '../formats/index.ts';

const CLOSER = '</think>';

/**
 * Reads an answer that is expected to begin inside the reasoning. One that never closes it and ends there of its own
 * accord was no reasoning: the prompt did not open it after all, and all of it is the answer. It is then given out
 * once more, as text, since an empty answer ends the work of every client.
 */
export function unopenedReasoning(reparser: Reparser): Reparser {
  let plain = true;
  let tail = '';
  let shown = '';
  return {
    push(event) {
      if (!plain) return reparser.push(event);
      if (event.type === 'text-delta') {
        tail = (tail + event.delta).slice(-(CLOSER.length - 1) - event.delta.length);
        if (tail.includes(CLOSER)) plain = false;
      } else if (event.type !== 'finish') {
        plain = false;
      }
      const events = reparser.push(event);
      for (const { type, ...rest } of events) {
        if (type === 'reasoning-delta' && 'delta' in rest) shown += rest.delta;
        else if (type !== 'finish') plain = false;
      }
      if (!plain) shown = '';
      else if (event.type === 'finish' && shown.trim() !== '') return withText(events, shown);
      return events;
    },
  };
}

function withText(events: readonly StreamEvent[], text: string): StreamEvent[] {
  const finish = events.at(-1);
  if (finish?.type !== 'finish' || finish.reason !== 'stop') return [...events];
  return [...events.slice(0, -1), { type: 'text-delta', delta: text.trim() }, finish];
}
