import { type Message, type ModelRequest, textOf } from '../../core/index.ts';
import type { ContextWindow } from './context-window.ts';
import type { CutPlan } from './cut-plan.ts';
import { headAndTail, headOf } from './excerpt-lines.ts';
import { callsOf } from './note.ts';

/** Reasoning is part of an answer's tokens; a limit without room for it gives an empty summary. */
const ROOM_TO_THINK = 8_000;
/** Tokens of what is cut that are shown when the prompt itself is too long to be asked about. */
const MATERIAL_TOKENS = 30_000;
const CHARACTERS_OF_TOKEN = 3;
const ARGUMENTS = 200;
const RESULT = 800;

/**
 * What to ask the model before a cut is applied; its text is the `summary` of `apply`. Undefined without a budget for it.
 *
 * Where the prompt fits, the question is put at its end, so that the host has all of it cached and the summary costs a
 * sixth of what reading it anew would: send it with the same tools and the tool choice `none`. Where it does not fit, an
 * outline of what is cut is asked about, bounded in itself.
 */
export function summaryRequest(
  cut: CutPlan,
  window: ContextWindow,
): Required<Pick<ModelRequest, 'messages' | 'maxTokens'>> | undefined {
  const { summaryTokens, maxTokens } = window.settings;
  if (summaryTokens === 0 || cut.steps === 0) return undefined;
  const fits = cut.reason !== 'overflow' && cut.before <= maxTokens;
  const messages = fits
    ? [...window.messages, question(cut, window.history, summaryTokens)]
    : [outline(cut, window, summaryTokens)];
  return { messages, maxTokens: summaryTokens + ROOM_TO_THINK };
}

function question(cut: CutPlan, history: readonly Message[], tokens: number): Message {
  const id = lastCutCall(cut, history);
  const upTo = id === undefined ? '' : ` up to and including the call ${id}`;
  return {
    role: 'user',
    content: `The steps of this conversation${upTo} are about to be cut out to keep it short. ${wanted(tokens)}`,
  };
}

function outline(cut: CutPlan, window: ContextWindow, tokens: number): Message {
  const room = Math.min(MATERIAL_TOKENS, window.settings.maxTokens / 2) * CHARACTERS_OF_TOKEN;
  const { history } = window;
  const task = history.find(({ role }) => role === 'user');
  const parts: string[] = [];
  let left = room - RESULT;
  if (window.summary !== undefined) left -= window.summary.length;
  for (let position = cut.tailFrom - 1; position >= window.cutUpTo && left > 0; position--) {
    const part = outlineOf(history[position]);
    if (part === '') continue;
    left -= part.length + 1;
    if (left >= 0) parts.push(part);
  }
  const content = [
    `These are steps of an agent at work, shortened. ${wanted(tokens)}`,
    ...(task ? [`The task:\n${short(textOf(task.content), RESULT)}`] : []),
    ...(window.summary === undefined ? [] : [`What mattered before these steps:\n${window.summary}`]),
    `The steps:\n${parts.reverse().join('\n')}`,
  ].join('\n\n');
  return { role: 'user', content: content.toWellFormed() };
}

function wanted(tokens: number): string {
  return (
    `Write down what is needed to go on without them, in ${Math.floor(tokens * 0.6)} words at most: what was found (paths, ` +
    'names, numbers, exact wording where it matters), what was changed, what was decided and why, what failed, what is still ' +
    'to do. Take over what still matters of an earlier summary. Answer with that text alone and call no tool.'
  );
}

function lastCutCall(cut: CutPlan, history: readonly Message[]): string | undefined {
  for (let position = cut.tailFrom - 1; position >= 0; position--) {
    const call = callsOf(history[position]).at(-1);
    if (call) return call.id;
  }
  return undefined;
}

function outlineOf(message: Message | undefined): string {
  if (!message) return '';
  const text = short(textOf(message.content).trim(), RESULT);
  if (message.role === 'tool') return `  result of ${message.toolCallId}: ${text}`;
  const calls = callsOf(message).map(
    ({ id, name, arguments: written }) => `  ${id} ${name} ${headOf(written, ARGUMENTS)}`,
  );
  return [...(text === '' ? [] : [`${message.role}: ${text}`]), ...calls].join('\n');
}

function short(text: string, characters: number): string {
  const { head, tail, omitted } = headAndTail(text, characters);
  return omitted <= 0 ? text : `${head} … ${tail}`;
}
