import type { ApprovalRequest, RunResult } from '../../agent/index.ts';
import type { SessionSummary } from '../../durable/index.ts';
import { type PlaceOptions, placeOption, resumeCommand } from '../sessions/place.ts';
import { printable } from '../terminal/text.ts';

export interface EndingOptions {
  readonly isChat?: boolean;
  /** As it was given, for the commands that are named. */
  readonly place?: PlaceOptions;
  /** Workers had it, and are to go on with it. */
  readonly isDetached?: boolean;
}

/** Why a run ended, in the words of the command; undefined when there is an answer. In a chat the next line goes on. */
export function endingText(result: RunResult, options: EndingOptions = {}): string | undefined {
  const { isChat = false, place = {} } = options;
  const { finishReason, explanation, text } = result;
  const goOn = isChat ? ' What you say next goes on from here.' : howToResume(result, options);
  switch (finishReason) {
    case 'stop':
      return undefined;
    case 'length':
      return `The output limit was reached ${text.trim() === '' ? 'before the answer began' : 'in the middle of the answer'}; --max-tokens raises it.`;
    case 'steps':
      return 'The limit of steps was reached while the model still called tools; --max-steps raises it.';
    case 'tokens':
      return `${explanation} --max-total-tokens raises it.`;
    case 'cost':
      return `${explanation} --max-cost raises it.`;
    case 'time':
      return `${explanation} --max-time raises it.`;
    case 'aborted':
      return `Interrupted.${goOn}`;
    case 'paused':
      return `Paused.${goOn}`;
    case 'waiting':
      return [
        ...result.approvals.map((call) => howToApprove(call, result.session, place)),
        ...(result.session === undefined ? [] : [`Then${howToResume(result, options)}`]),
      ].join('\n');
    default:
      return explanation;
  }
}

/** The exit code that says the same. */
export function exitCodeOf({ finishReason }: Pick<RunResult, 'finishReason'>): number {
  if (finishReason === 'aborted' || finishReason === 'paused') return 130;
  return finishReason === 'stop' || finishReason === 'stopped' ? 0 : 3;
}

/** That of the last run of a session, by its summary. */
export function exitCodeOfSession({
  finishReason,
  waiting,
}: Pick<SessionSummary, 'finishReason' | 'waiting'>): number {
  if (waiting.length > 0) return 3;
  return exitCodeOf({ finishReason: (finishReason ?? 'aborted') as RunResult['finishReason'] });
}

function howToResume({ session }: RunResult, { place = {}, isDetached }: EndingOptions): string {
  return session === undefined ? '' : ` ${resumeCommand(session, place, isDetached)} goes on.`;
}

/** The command that answers a call that waits. */
export function howToApprove(
  { id, name }: ApprovalRequest,
  session = 'SESSION',
  place: PlaceOptions,
): string {
  // The model may have put anything into an id; `sessions show` then has the place of the call.
  const isPlain = /^[\w.:/-]+$/.test(id);
  const where = placeOption(place);
  const how = isPlain
    ? `perigee approve ${session} ${id} yes|no${where}`
    : `see  perigee sessions show ${session}${where}`;
  return `${printable(name)} waits for approval: ${how}.`;
}
