import type { ApprovalAnswer } from '../approval.ts';
import { callLimit } from '../limits/limits.ts';
import type { PendingCall } from '../loop/transcript.ts';
import type { CallResult } from '../result.ts';
import type { ApprovalsRecord } from '../session/records.ts';
import { answersTo, isFree, requestFor, verdictOn } from './approval.ts';
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
  const results = new Map<number, CallResult>();
  const serving = new Serving(setting, results);
  const { first, second } = wavesOf(served);
  for (const wave of first) await serving.wave(wave);
  if (asked) {
    const { onApproval, whenWaiting, state } = setting;
    const answers = await answersTo(asked, { onApproval, leave: whenWaiting === 'leave', state }).catch(
      (error: unknown) => {
        if (!state.cancellation.aborted) throw error;
        return undefined;
      },
    );
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
  if (doubtful.length === 0) return undefined;
  const { value } = await state.journal.step(`step-${step}/approvals`, async () => {
    const verdicts = await Promise.all(doubtful.map(({ ready }) => verdictOn(ready!, policy)));
    const asked = doubtful.filter((_, at) => verdicts[at] === 'ask');
    const denied = doubtful.flatMap(({ call }, at) => {
      const verdict = verdicts[at]!;
      return typeof verdict === 'object' ? [{ index: call.index, reason: verdict.deny }] : [];
    });
    return { calls: await Promise.all(asked.map(({ ready }) => requestFor(ready!, step))), denied };
  });
  for (const entry of served) {
    const { index } = entry.call;
    const denied = value.denied.find((one) => one.index === index);
    if (denied) refuse(entry, refusal.notAllowed(denied.reason));
    entry.waits = value.calls.some((one) => one.index === index);
  }
  return value.calls.length === 0 ? undefined : value;
}

function obey(entry: Served, answers: ReadonlyMap<number, ApprovalAnswer> | undefined): void {
  const answer = answers?.get(entry.call.index);
  if (entry.waits && answer && !answer.approved) refuse(entry, refusal.denied(answer.note));
}

function refuse(entry: Served, message: string): void {
  entry.refused = message;
  entry.ready = undefined;
}
