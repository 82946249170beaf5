import { nearest } from '../../core/index.ts';
import { jsonErrorIn } from '../arguments/json-error.ts';
import { excerpt, showList, showValue } from '../excerpt.ts';

/** What the model reads when a call was not run or went wrong. Each says what happened and what to do now. */
export const refusal = {
  forbidden: () => 'Not executed: no tool may be called in this answer. Answer in text.',

  filtered: () => 'Not executed: the answer was stopped by a content filter.',

  unknownTool(name: string, declared: readonly string[]): string {
    const meant = nearest(name, declared);
    const hint = meant === undefined ? '' : ` Did you mean ${showValue(meant)}?`;
    return `Not executed: there is no tool ${showValue(name)}.${hint} ${theTools(declared)}`;
  },

  cut(written: string): string {
    const came =
      written === '' ? 'None of its arguments had come' : `It had come as far as: ${excerpt(written)}`;
    return (
      'Not executed: the output limit was reached in the middle of this call, so its arguments are incomplete. ' +
      `${came}. Write it again in smaller parts, over several calls if need be.`
    );
  },

  unresolved(header: string, written: string, declared: readonly string[]): string {
    return (
      'A tool call in your last answer was not executed: it cannot be told which tool was meant. It was ' +
      `written as ${showValue(header)} with the arguments: ${excerpt(written)}\n${theTools(declared)} ` +
      'Call again by the exact name of a tool.'
    );
  },

  notJson(written: string): string {
    const error = jsonErrorIn(written);
    if (!error) return `Not executed: the arguments must be a JSON object. They were: ${excerpt(written)}`;
    const { position, expected } = error;
    const found = position >= written.length ? 'the end of the text' : showValue(written[position]);
    const spot = `${written.slice(Math.max(0, position - 30), position)}⟪here⟫${written.slice(position, position + 30)}`;
    return (
      `Not executed: the arguments are not valid JSON. At position ${position} of ${written.length} there is ` +
      `${found}, expected ${expected}: ${spot}\nThe arguments were: ${excerpt(written)}`
    );
  },

  notAnObject(written: string): string {
    const hint = written.trim().startsWith('"')
      ? ' Write the object itself, not a string that holds it.'
      : '';
    return `Not executed: the arguments must be a JSON object.${hint} They were: ${excerpt(written)}`;
  },

  badArguments: (problems: string) => `Not executed: the arguments are not right. ${problems}`,

  notChecked: (message: string) => `Not executed: the arguments could not be checked: ${message}`,

  timedOut: (name: string, milliseconds: number) =>
    `${name} did not answer within ${milliseconds} ms and was given up. Whether it took effect is not known.`,

  outOfTime: (name: string) =>
    `${name} was given up because the time of this run is over. Whether it took effect is not known.`,

  tooManyCalls: (name: string, most: number) =>
    `Not executed: ${name} may be called ${most} times in this run, and it has been. Go on without it.`,

  denied(note: string | undefined): string {
    // It may have come from another process.
    const said = typeof note === 'string' ? note.trim() : '';
    const words = said === '' ? '' : ` They said: ${said}${/[.!?…]$/.test(said) ? '' : '.'}`;
    return `Not executed: the user did not approve this call.${words} Do not try it again in another form; ask, or go on without it.`;
  },

  notAllowed: (reason: string) => `Not executed: this call is not allowed. ${reason}`,

  unverified: () =>
    'The process died after this call had begun and before its result was known. Whether it took effect is not ' +
    'known: check before you repeat it.',

  noTimeFor: (name: string) => `Not executed: the time of this run was over before ${name} could begin.`,

  leftBefore: () => 'Not executed: the run was paused before this call began.',

  waits: () => 'Not executed yet: it waits for an approval.',

  abortedBefore: () => 'Not executed: the run was aborted before this call began.',

  unreadable: (why: string) =>
    `The call was made, but what it gave cannot be written down as text: ${why}. What it did is done: do not repeat it for that.`,

  abortedDuring: () =>
    'The run was aborted while this call was running. Whether it took effect is not known.',
};

function theTools(declared: readonly string[]): string {
  return declared.length === 0 ? 'There are no tools.' : `The tools are: ${showList(declared, 100)}.`;
}
