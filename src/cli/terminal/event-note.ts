import type { AgentEvent } from '../../agent/index.ts';
import { textOf } from '../../core/index.ts';
import { count, dollars, plural } from './screen.ts';
import { cutTo, oneLine } from './text.ts';

/** Columns and lines that a note takes of a text at most. */
const LONGEST = 400;
const MOST_LINES = 12;

type Noted = Extract<
  AgentEvent,
  { type: 'resumed' | 'steered' | 'pruned' | 'limit' | 'approval-request' | 'approval' }
>;

/** An event that is one line between what the model writes. */
export function eventNote(event: Noted): string {
  switch (event.type) {
    case 'resumed': {
      const spent = event.cost ? `, ${dollars(event.cost)} so far` : '';
      return `Going on with the session ${event.session} after ${plural(event.steps, 'step')}${spent}.`;
    }
    case 'steered':
      return event.messages.map((message) => `You: ${oneLine(textOf(message.content), LONGEST)}`).join('\n');
    case 'pruned': {
      const { steps, before, after } = event.cut;
      return `Taken out of the prompt: ${plural(steps, 'earlier step')}, ${count(before)} → ${count(after)} tokens.`;
    }
    case 'limit':
      return `! ${event.explanation} ${event.wrapUp ? 'The model is asked for a last answer, without tools.' : ''}`.trimEnd();
    case 'approval-request':
      return `? ${event.name} waits for approval: ${short(event.preview ?? event.arguments)}`;
    case 'approval': {
      const note = event.note === undefined ? '' : ` (${event.note})`;
      return `${event.name}: ${event.approved ? 'approved' : 'not approved'}${note}`;
    }
    default:
      return event satisfies never;
  }
}

/** The beginning of a text; the whole of it is in the event and in the session. */
function short(text: string): string {
  const lines = text
    .slice(0, LONGEST * MOST_LINES)
    .trimEnd()
    .split('\n');
  const shown = lines.slice(0, MOST_LINES).map((line) => cutTo(line, LONGEST));
  return [...shown, ...(shown.join('\n').length < text.trimEnd().length ? ['…'] : [])].join('\n');
}
