import { argumentProblem } from '../../conform/index.ts';
import type { VerifyCase } from '../case.ts';
import type { SeenAnswer } from '../wire/seen.ts';
import type { FindingCode } from './finding-data.ts';

const MARKER =
  /<\|(?:tool_calls?_section_(?:begin|end)|tool_call_(?:begin|end|argument_begin)|im_\w{1,12})\|>/;
const TAG = /<\/?tool_call>|<invoke\s/;
/** Characters of an example around what was found. */
const AROUND = 60;

/** Something of the model's raw text that stands where it does not belong. */
export interface Leak {
  readonly code: FindingCode;
  readonly detail: string;
}

/** What of the raw text leaked into an answer. A question that speaks of markers itself may be answered with them. */
export function leaksIn(answer: SeenAnswer, asked: VerifyCase): Leak[] {
  const leaks: Leak[] = [];
  const { content, reasoning } = answer;
  const said = JSON.stringify([asked.messages, asked.followUp?.result]);
  const speaksOfThem = MARKER.test(said) || said.includes('<think>');
  const bare = answer.calls.length === 0 ? bareCall(asked) : undefined;
  const inContent = speaksOfThem ? undefined : find(content, bare);
  const inReasoning = speaksOfThem ? undefined : find(reasoning, bare);
  // What is said about calls is none; what could be run is.
  const leaked = answer.leaked.filter(({ name, arguments: text }) => {
    if (!speaksOfThem) return true;
    const tool = asked.tools.find((declared) => declared.name === name);
    return tool !== undefined && argumentProblem(tool.parameters, text) === undefined;
  });
  if (inContent !== undefined) leaks.push({ code: 'leaked-into-content', detail: inContent });
  if (inReasoning !== undefined) leaks.push({ code: 'leaked-into-reasoning', detail: inReasoning });
  if (leaked.length > 0 && inContent === undefined && inReasoning === undefined) {
    const [{ name = 'a call', arguments: text }] = leaked as [(typeof leaked)[0]];
    const code =
      nameStandsIn(reasoning, name) && !nameStandsIn(content, name)
        ? 'leaked-into-reasoning'
        : 'leaked-into-content';
    leaks.push({ code, detail: `${name} ${text}`.slice(0, 2 * AROUND) });
  }
  if (!speaksOfThem && (/^\s*<think>/.test(content) || content.includes('</think>'))) {
    const at = Math.max(0, content.indexOf('think>'));
    leaks.push({ code: 'reasoning-in-content', detail: around(content, at) });
  }
  for (const call of answer.calls) {
    // Arguments may quote them; a name cannot, and behind the object nothing belongs.
    const behind = call.arguments.slice(call.arguments.lastIndexOf('}') + 1);
    const odd = [call.name, call.id ?? '', behind].find((text) => MARKER.test(text));
    if (odd !== undefined) leaks.push({ code: 'markers-in-arguments', detail: odd.slice(0, 2 * AROUND) });
  }
  return leaks;
}

function find(text: string, bare: RegExp | undefined): string | undefined {
  const found = MARKER.exec(text) ?? TAG.exec(text) ?? bare?.exec(text);
  return found ? around(text, found.index) : undefined;
}

/** A call of a declared tool of which nothing but id and arguments is left: `functions.NAME:0{…`. */
function bareCall({ tools }: VerifyCase): RegExp | undefined {
  if (tools.length === 0) return undefined;
  const names = tools.map(({ name }) => name.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`functions\\.(?:${names.join('|')}):\\d+\\s*\\{`);
}

function nameStandsIn(text: string, name: string): boolean {
  return text.includes(name);
}

function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - AROUND), at + 2 * AROUND);
}
