import type { Observation, SeenAnswer } from '../wire/seen.ts';
import { idForm } from './ids.ts';

/** In what two answers to the same question differ, one streamed and one whole; undefined: in nothing that counts. */
export function differenceOf(streamed: Observation, whole: Observation): string | undefined {
  const a = streamed.answer;
  const b = whole.answer;
  if (!a || !b) return a || b ? `${a ? 'whole' : 'streamed'}: no answer` : undefined;
  const shapes: readonly (readonly [what: string, of: (answer: SeenAnswer) => string])[] = [
    [
      'calls',
      (answer) =>
        answer.calls
          .map(({ name }) => name)
          .sort()
          .join(', ') || 'none',
    ],
    ['finish reason', (answer) => answer.finishReason ?? 'none'],
    ['reasoning', (answer) => (answer.reasoning === '' ? 'none' : 'some')],
    [
      'ids',
      (answer) =>
        [...new Set(answer.calls.map(({ id, name }) => (id === undefined ? 'none' : idForm(id, name))))]
          .sort()
          .join(', '),
    ],
    ['leaks', (answer) => (answer.leaked.length > 0 ? 'some' : 'none')],
    ['content', (answer) => (answer.calls.length === 0 && answer.content.trim() === '' ? 'none' : 'some')],
  ];
  for (const [what, of] of shapes) {
    if (of(a) !== of(b)) return `${what}: ${of(a)} streamed, ${of(b)} whole`.slice(0, 300);
  }
  return undefined;
}
