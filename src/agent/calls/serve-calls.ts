import type { ApprovalAnswer, ApprovalRequest } from '../approval.ts';
import { callLimit } from '../limits/limits.ts';
import type { PendingCall } from '../loop/transcript.ts';
import type { CallResult } from '../result.ts';
import { stepPart } from '../session/record-name.ts';
import type { ApprovalsRecord } from '../session/records.ts';
import { answersTo, isFree, isYes, requestFor, verdictOn } from './approval.ts';
import { prepare } from './prepare.ts';
import { refusal } from './refusal.ts';
import type { Served, ServeSetting } from './serve-setting.ts';
import { Serving } from './serving.ts';
import { accessesOf, wavesOf } from './waves.ts';

/**
 * Serves all calls of a turn; the results come in the order of the calls. Whatever goes wrong with a call is its result.
 * A run that is paused or aborted meanwhile gets results too, so that its history is whole; those of calls that had not
 * begun are not recorded, and a resumed run serves them anew.
 */
export async function serveCalls(
  calls: readonly PendingCall[],
  setting: ServeSetting,
): Promise<{ readonly results: CallResult[]; readonly fresh: boolean }> {
  if (calls.length === 0) return { results: [], fresh: false };
  const served = await Promise.all(calls.map((call) => ready(call, setting)));
  refuseTooMany(served, setting);
  const asked = await askAbout(served, setting);
  const open = asked?.calls.filter((call) => isOpen(call, served, setting)) ?? [];
  const results = new Map<number, CallResult>();
  const serving = new Serving(setting, results);
  const { first, second } = wavesOf(served);
  for (const wave of first) await serving.wave(wave);
  if (open.length > 0) {
    const { onApproval, whenWaiting, state } = setting;
    const answers = await answersTo(
      { calls: open },
      { onApproval, leave: whenWaiting === 'leave', state },
    ).catch((error: unknown) => {
      if (!state.cancellation.aborted) throw error;
      return undefined;
    });
    for (const entry of served) obey(entry, answers);
  }
  for (const wave of second) await serving.wave(wave);
  return { results: served.map(({ call }) => results.get(call.index)!), fresh: serving.fresh };
}

async function ready(call: PendingCall, { plan, forbidden, state, begun }: ServeSetting): Promise<Served> {
  const none = { call, accesses: [], ready: undefined, waits: false };
  if (forbidden !== undefined) return { ...none, refused: forbidden };
  const aborted = () => ({ refused: refusal.abortedBefore() });
  const prepared =
    begun.get(call.index)?.prepared ??
    (await state.cancellation.race(prepare(call, plan.toolbox)).catch(aborted));
  if ('refused' in prepared) return { ...none, refused: prepared.refused };
  const { id, index, written } = call;
  return {
    call,
    accesses: accessesOf(prepared),
    ready: { id, index, written, tool: prepared.tool, input: prepared.input },
    refused: undefined,
    waits: false,
  };
}

/** In the order of the calls, so that it is the same in every replay. */
function refuseTooMany(served: readonly Served[], { limits, state }: ServeSetting): void {
  const counts = new Map<string, number>();
  for (const entry of served) {
    if (!entry.ready) continue;
    const { name } = entry.call;
    const earlier = counts.get(name) ?? state.executions.get(name) ?? 0;
    const most = callLimit(limits, name);
    if (earlier >= most) refuse(entry, refusal.tooManyCalls(name, most));
    else counts.set(name, earlier + 1);
  }
}

/** Which calls wait for a person; undefined when none does. Recorded, so that others can see it. */
async function askAbout(
  served: readonly Served[],
  { policy, state, step }: ServeSetting,
): Promise<ApprovalsRecord | undefined> {
  const doubtful = served.filter(({ ready }) => ready && !isFree(ready.tool, policy));
  // Who was asked once stays asked, also when the run goes on with a policy that would not.
  if (doubtful.length === 0 && !state.asked.has(step)) return undefined;
  const { cancellation } = state;
  // Policies and previews are the caller's: they may take for ever, and an abort does not wait for them.
  const { value } = await state.journal.step(
    stepPart(step, 'approvals'),
    async (): Promise<ApprovalsRecord> => {
      const verdicts = await cancellation.race(
        Promise.all(doubtful.map(({ ready }) => verdictOn(ready!, policy))),
      );
      const asked = doubtful.filter((_, at) => verdicts[at] === 'ask');
      const denied = doubtful.flatMap(({ call }, at) => {
        const verdict = verdicts[at]!;
        return typeof verdict === 'object' ? [{ index: call.index, reason: verdict.deny }] : [];
      });
      const requests = Promise.all(asked.map(({ ready }) => requestFor(ready!, step)));
      return { calls: await cancellation.race(requests), denied };
    },
  );
  for (const entry of served) {
    const { index } = entry.call;
    const denied = value.denied?.find((one) => one.index === index);
    if (denied) refuse(entry, refusal.notAllowed(denied.reason));
    entry.waits = value.calls.some((one) => one.index === index);
  }
  return value.calls.length === 0 ? undefined : value;
}

/** Whether an answer is still waited for: a tool that is gone will not run, and what has a result has run or will not. */
function isOpen(
  { index }: ApprovalRequest,
  served: readonly Served[],
  { state, step }: ServeSetting,
): boolean {
  if (state.settled.has(`${step}/${index}`)) return false;
  return served.some(({ call, ready }) => call.index === index && ready !== undefined);
}

function obey(entry: Served, answers: ReadonlyMap<number, ApprovalAnswer> | undefined): void {
  // Without answers the run leaves off, and what has no answer does not begin.
  if (!entry.waits || !answers) return;
  const answer = answers.get(entry.call.index);
  if (!isYes(answer)) refuse(entry, refusal.denied(answer?.note));
}

function refuse(entry: Served, message: string): void {
  entry.refused = message;
  entry.ready = undefined;
}
