import type { AgentEvent } from '../../agent/index.ts';
import { textOf } from '../../core/index.ts';

type Noted = Extract<AgentEvent, { type: 'resumed' | 'steered' | 'limit' | 'approval-request' | 'approval' }>;

/** An event that is one line between what the model writes. */
export function eventNote(event: Noted): string {
  switch (event.type) {
    case 'resumed':
      return `Going on with the session ${event.session} after ${count(event.steps, 'step')}.`;
    case 'steered':
      return event.messages.map((message) => `You: ${textOf(message.content)}`).join('\n');
    case 'limit':
      return `! ${event.explanation} ${event.wrapUp ? 'The model is asked for a last answer, without tools.' : ''}`.trimEnd();
    case 'approval-request':
      return `? ${event.name} waits for approval: ${event.preview ?? event.arguments}`;
    case 'approval': {
      const note = event.note === undefined ? '' : ` (${event.note})`;
      return `${event.name}: ${event.approved ? 'approved' : 'not approved'}${note}`;
    }
    default:
      return event satisfies never;
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
