import type { AgentEvent } from '../../agent/index.ts';
import { textOf } from '../../core/index.ts';
import { count, plural } from './screen.ts';

type Noted = Extract<
  AgentEvent,
  { type: 'resumed' | 'steered' | 'pruned' | 'limit' | 'approval-request' | 'approval' }
>;

/** An event that is one line between what the model writes. */
export function eventNote(event: Noted): string {
  switch (event.type) {
    case 'resumed':
      return `Going on with the session ${event.session} after ${plural(event.steps, 'step')}.`;
    case 'steered':
      return event.messages.map((message) => `You: ${textOf(message.content)}`).join('\n');
    case 'pruned': {
      const { steps, before, after } = event.cut;
      return `Taken out of the prompt: ${plural(steps, 'earlier step')}, ${count(before)} → ${count(after)} tokens.`;
    }
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
