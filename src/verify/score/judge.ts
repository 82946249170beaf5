import type { Label, VerifyCase } from '../case.ts';
import type { Observation, SeenAnswer, SeenProblem } from '../wire/seen.ts';
import type { FindingCode } from './finding-data.ts';
import { judgeForm, judgeIds, judgeMeaning } from './judge-calls.ts';
import { leaksIn } from './leaks.ts';
import { Verdict } from './verdict.ts';

/** From where on slowness is worth a word, in milliseconds. */
export interface Thresholds {
  /** Default 20_000. */
  readonly firstEventMs?: number;
  /** Between two pieces of an answer. Default 15_000. */
  readonly silenceMs?: number;
}

export interface JudgeContext extends Thresholds {
  /** Ids of calls that the conversation had before. */
  readonly usedIds: ReadonlySet<string>;
  /** Whether the reference called here; `unknown` where it did not answer. Absent: the label counts. */
  readonly reference?: boolean | 'unknown';
}

const PROBLEMS: { readonly [code: string]: FindingCode } = {
  'rate-limited': 'rate-limited',
  overloaded: 'overloaded',
  'server-error': 'overloaded',
  'stream-cut': 'stream-cut',
  'stream-error': 'stream-cut',
  silence: 'silence',
  'timed-out': 'silence',
  'not-json': 'unreadable',
  'not-found': 'refused-request',
  forbidden: 'refused-request',
  moved: 'refused-request',
  'wrong-api-key': 'refused-request',
  'quota-exceeded': 'refused-request',
};

/** The label of a step. */
export function labelOf(asked: VerifyCase, step: number): Label {
  return step === 0 ? asked.label : (asked.followUp?.label ?? asked.label);
}

/** Judges one answer by its question's label. */
export function judge(seen: Observation, asked: VerifyCase, context: JudgeContext): Verdict {
  const verdict = new Verdict();
  const label = labelOf(asked, seen.step);
  if (seen.waits > 0) verdict.fault('rate-limited', `${seen.waits} times, ${Math.round(seen.waitedMs)} ms`);
  const [failure] = seen.failures;
  if (failure !== undefined) verdict.fault(PROBLEMS[failure] ?? 'unreachable', failure);
  judgeTimes(verdict, seen, context);
  if (seen.problem) {
    judgeProblem(verdict, seen.problem, seen, asked, label);
    if (seen.answer) judgeLeaks(verdict, seen.answer, asked);
    return verdict;
  }
  if (!seen.answer) return verdict;
  judgeAnswer(verdict, seen, seen.answer, asked, label, context);
  return verdict;
}

function judgeProblem(
  verdict: Verdict,
  problem: SeenProblem,
  seen: Observation,
  asked: VerifyCase,
  label: Label,
): void {
  verdict.mark('answered', false);
  if (problem.code !== 'refused') {
    const code = PROBLEMS[problem.code] ?? 'unreachable';
    verdict.fault(code, problem.message);
    if (seen.answer) verdict.mark('whole', false);
    return;
  }
  const choice = seen.step === 0 ? asked.toolChoice : undefined;
  const isForced = choice !== undefined && choice !== 'auto';
  const detail = `${problem.status ?? ''} ${problem.message}`.trim();
  if (isForced) verdict.mark('choice', false);
  verdict.fault(isForced ? choiceCode('refused', choice) : 'refused-request', detail);
  if (asked.proves) verdict.mark('roundTrip', false);
  // Whoever is refused gets no call.
  if (label.calls.length > 0 && !label.either) verdict.trigger = 'false-negative';
}

function choiceCode(
  prefix: 'refused' | 'ignored',
  choice: NonNullable<VerifyCase['toolChoice']>,
): FindingCode {
  if (typeof choice !== 'string') return `${prefix}-named`;
  return choice === 'none' ? `${prefix}-none` : `${prefix}-required`;
}

function judgeAnswer(
  verdict: Verdict,
  seen: Observation,
  answer: SeenAnswer,
  asked: VerifyCase,
  label: Label,
  context: JudgeContext,
): void {
  const called = answer.calls.length > 0;
  const isEmpty = !called && answer.content.trim() === '' && answer.leaked.length === 0;
  verdict.mark('answered', !isEmpty || answer.finishReason === 'length');
  if (isEmpty && answer.finishReason !== 'length') {
    verdict.fault('empty-turn', answer.reasoning === '' ? 'nothing at all' : 'reasoning, and then nothing');
  }
  verdict.mark('whole', true);
  judgeLeaks(verdict, answer, asked);
  judgeTrigger(verdict, called, label, context);
  judgeForm(verdict, answer, asked, seen.mode === 'stream');
  judgeIds(verdict, answer, context.usedIds);
  judgeMeaning(verdict, answer, asked, label);
  if (seen.step === 0) judgeChoice(verdict, answer, asked);
  if (seen.step === 0) judgeThinking(verdict, answer, asked);
  judgeText(verdict, answer);
  judgeEnd(verdict, seen, answer, asked);
}

/** No question holds the sign that stands for what cannot be read. */
function judgeText(verdict: Verdict, { content, reasoning, calls }: SeenAnswer): void {
  const broken = [content, reasoning, ...calls.map((call) => call.arguments)].find((text) =>
    text.includes('\ufffd'),
  );
  if (broken === undefined) return;
  verdict.mark('whole', false);
  const at = broken.indexOf('\ufffd');
  verdict.fault('broken-characters', broken.slice(Math.max(0, at - 40), at + 40));
}

function judgeLeaks(verdict: Verdict, answer: SeenAnswer, asked: VerifyCase): void {
  const leaks = leaksIn(answer, asked);
  verdict.mark('clean', leaks.length === 0);
  for (const { code, detail } of leaks) verdict.fault(code, detail);
}

function judgeTrigger(verdict: Verdict, called: boolean, label: Label, { reference }: JudgeContext): void {
  if (reference === 'unknown' || (reference === undefined && label.either)) return;
  const wanted = reference ?? label.calls.length > 0;
  verdict.trigger = called
    ? wanted
      ? 'true-positive'
      : 'false-positive'
    : wanted
      ? 'false-negative'
      : 'true-negative';
  if (wanted && !called)
    verdict.fault('missed-call', label.calls.map(({ name }) => name).join(', ') || 'as the reference');
  if (!wanted && called) verdict.fault('needless-call', 'a call');
}

function judgeChoice(verdict: Verdict, { calls }: SeenAnswer, { toolChoice: choice }: VerifyCase): void {
  if (choice === undefined || choice === 'auto') return;
  const names = calls.map(({ name }) => name);
  const good =
    choice === 'none'
      ? names.length === 0
      : choice === 'required'
        ? names.length > 0
        : names.length > 0 && names.every((name) => name === choice.name);
  verdict.mark('choice', good);
  if (!good) verdict.fault(choiceCode('ignored', choice), names.length === 0 ? 'no call' : names.join(', '));
}

function judgeThinking(verdict: Verdict, { reasoning, content }: SeenAnswer, { thinking }: VerifyCase): void {
  if (thinking === undefined) return;
  const thought = reasoning.trim() !== '';
  verdict.mark('reasoning', thought === (thinking === 'on'));
  if (thinking === 'on' && !thought)
    verdict.fault('reasoning-missing', `content: ${content.slice(0, 80) || 'none'}`);
  if (thinking === 'off' && thought) verdict.fault('thinking-not-off', reasoning.slice(0, 80));
}

function judgeEnd(
  verdict: Verdict,
  { mode, step }: Observation,
  answer: SeenAnswer,
  asked: VerifyCase,
): void {
  const { calls, finishReason: reason, done, badEvent } = answer;
  if (mode === 'stream') {
    verdict.mark('stream', done && badEvent === undefined);
    if (badEvent !== undefined) verdict.fault('broken-events', badEvent);
    if (!done) verdict.fault('no-done', `finish reason ${reason ?? 'none'}`);
  }
  if (reason === 'length') {
    verdict.mark('whole', false);
    if (calls.length === 0) verdict.fault('cut-answer', `${answer.reasoning.length} characters of reasoning`);
  }
  // OpenAI's own API says `stop` where the call was forced by its name.
  const isForced = step === 0 && typeof asked.toolChoice === 'object';
  const honest =
    calls.length > 0
      ? reason === 'tool_calls' || reason === 'length' || (isForced && reason === 'stop')
      : reason !== null && reason !== 'tool_calls';
  verdict.mark('finish', honest);
  if (!honest) {
    verdict.fault(
      'lying-finish-reason',
      `${reason ?? 'none'} with ${calls.length === 0 ? 'no call' : `${calls.length} calls`}`,
    );
  }
  if (!answer.usage) verdict.fault('no-usage', mode);
}

function judgeTimes(verdict: Verdict, { times, mode }: Observation, thresholds: Thresholds): void {
  const { firstEventMs = 20_000, silenceMs = 15_000 } = thresholds;
  if (!times || mode !== 'stream') return;
  if (times.firstEvent !== undefined && times.firstEvent >= firstEventMs) {
    verdict.fault('slow-first-event', `after ${Math.round(times.firstEvent)} ms`);
  }
  if (times.longestSilence >= silenceMs) verdict.fault('silence', `${Math.round(times.longestSilence)} ms`);
}
