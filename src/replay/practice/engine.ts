import { canonicalCallId } from '../../core/index.ts';
import { renderTurn } from '../../formats/index.ts';
import { type ReadPrompt, readPrompt } from './read-prompt.ts';
import { argumentsFor } from './sample-arguments.ts';
import type { Reply, Skill } from './skill.ts';
import { arithmetic } from './skills/arithmetic.ts';
import { files } from './skills/files.ts';
import { incident } from './skills/incident/incident.ts';
import { introduction } from './skills/introduction.ts';
import { lastWords } from './skills/last-words.ts';
import { weather } from './skills/weather.ts';

const SKILLS: readonly Skill[] = [files, incident, weather, arithmetic];
/** The template that the practice model is trained on, so to speak. */
export const PRACTICE_TEMPLATE = 'kimi-k2-thinking';

const SECTION_BEGIN = '<|tool_calls_section_begin|>';
const SECTION_END = '<|tool_calls_section_end|>';
const FORCED_CALL = /<\|tool_call_begin\|>functions\.(.+):\d+<\|tool_call_argument_begin\|>$/s;

/**
 * What the practice model writes for a prompt: raw text, with reasoning and native markers, up to where an
 * engine would stop. A pure function of the prompt; a prompt may end inside the answer (`<think>`, or a call
 * that the caller forces) and is continued there.
 */
export function practiceEngine(prompt: string): string {
  const read = readPrompt(prompt);
  const forced = FORCED_CALL.exec(read.begun)?.[1];
  if (forced !== undefined) return forcedCall(read, forced);
  const reply = replyTo(read);
  if (read.begun.endsWith(SECTION_BEGIN)) return forcedSection(read, reply);
  const raw = write(reply, read);
  if (read.begun.endsWith('<think>')) return raw.slice('<think>'.length);
  return read.begun.endsWith('</think>') ? raw.slice(raw.indexOf('</think>') + '</think>'.length) : raw;
}

function replyTo(read: ReadPrompt): Reply {
  for (const skill of [lastWords, ...SKILLS]) {
    const reply = skill.reply(read);
    if (reply) return reply;
  }
  return introduction(read, SKILLS);
}

function write(reply: Reply, read: ReadPrompt): string {
  const toolCalls = (reply.calls ?? []).map(({ name, arguments: input }, position) => ({
    id: canonicalCallId(name, read.callCount + position),
    name,
    arguments: JSON.stringify(input),
  }));
  const { reasoning, text = '' } = reply;
  return renderTurn({ content: text, reasoning, toolCalls }, { model: PRACTICE_TEMPLATE });
}

/** The rest of a call whose tool was chosen for it: what it would have called that tool with, or a sample. */
function forcedCall(read: ReadPrompt, name: string): string {
  const wanted = replyTo(read).calls?.find((call) => call.name === name)?.arguments;
  const tool = read.tools.find((declared) => declared.name === name);
  const input = wanted ?? (tool ? argumentsFor(tool, read.user) : {});
  return `${JSON.stringify(input)}<|tool_call_end|>${SECTION_END}`;
}

/** The rest of a section of calls that was opened for it: it has to call something. */
function forcedSection(read: ReadPrompt, reply: Reply): string {
  const [tool] = read.tools;
  const sample = tool ? [{ name: tool.name, arguments: argumentsFor(tool, read.user) }] : [];
  const raw = write({ reasoning: '', calls: reply.calls ?? sample }, read);
  const begin = raw.indexOf(SECTION_BEGIN);
  return begin < 0 ? SECTION_END : raw.slice(begin + SECTION_BEGIN.length);
}
