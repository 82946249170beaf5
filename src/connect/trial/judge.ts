import { parseJson } from '../../core/index.ts';
import { isTable } from '../merge/value.ts';
import { TRIAL_TOOL, type TrialAnswer } from './request.ts';

/** What was wrong with an answer, and what helps. */
export interface Problem {
  readonly what: string;
  readonly advice: string;
}

const LEAK = /<\|tool_calls?_(?:section_)?(?:begin|argument_begin)|<tool_call>|<\|open\|>/;
const GATEWAY = 'Put the gateway between (perigee serve), which repairs this, and point the client at it.';

/** What a client would stumble over in the answer to the question. Nothing: it works. */
export function judgeCall(answer: TrialAnswer): Problem[] {
  const problems = answer.faults.map((what): Problem => ({ what, advice: GATEWAY }));
  const [call] = answer.calls;
  if (LEAK.test(answer.text)) {
    problems.push({ what: 'a call stands in the text instead of where calls belong', advice: GATEWAY });
  } else if (LEAK.test(answer.reasoning)) {
    problems.push({ what: 'a call is hidden in the reasoning', advice: GATEWAY });
  } else if (!call) {
    const said = answer.text.trim().slice(0, 120);
    problems.push({
      what: said === '' ? 'the answer has no call and no text' : `the answer is text and no call: ${said}`,
      advice: 'Try again; if it stays, this model or host does not call tools. perigee verify measures it.',
    });
  }
  if (!call) return problems;
  if (call.id === '') problems.push({ what: 'the call has no id', advice: GATEWAY });
  const ids = answer.calls.map(({ id }) => id);
  if (new Set(ids).size < ids.length) problems.push({ what: 'two calls have the same id', advice: GATEWAY });
  if (call.name !== TRIAL_TOOL) {
    problems.push({
      what: `it calls ${call.name || 'a tool without a name'}, which it was not given`,
      advice: GATEWAY,
    });
  }
  if (!hasCity(call.arguments)) {
    problems.push({
      what: `the arguments do not fit the tool: ${call.arguments.slice(0, 120)}`,
      advice: GATEWAY,
    });
  }
  return problems;
}

/** What is wrong with the answer to the result of the call. */
export function judgeAnswer(answer: TrialAnswer): Problem[] {
  const problems = answer.faults.map((what): Problem => ({ what, advice: GATEWAY }));
  if (answer.calls.length === 0 && answer.text.trim() === '') {
    problems.push({
      what: 'after the result of the call it answered nothing',
      advice:
        'Kimi does so when ids of calls were changed on the way. The gateway keeps them right (perigee serve).',
    });
  }
  return problems;
}

function hasCity(text: string): boolean {
  const json = parseJson(text);
  return isTable(json) && typeof json['city'] === 'string' && json['city'] !== '';
}
