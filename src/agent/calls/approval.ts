import {
  type ApprovalAnswer,
  type ApprovalPolicy,
  type ApprovalRequest,
  type ApprovalVerdict,
  answerOf,
  type OnApproval,
} from '../approval.ts';
import type { RunState } from '../loop/run-state.ts';
import { approvalPart } from '../session/record-name.ts';
import type { ApprovalsRecord } from '../session/records.ts';
import type { ReadyTool } from '../toolbox.ts';
import { thrownMessage } from './result-text.ts';

/** A call that is ready to run. */
export interface ReadyCall {
  readonly id: string;
  readonly index: number;
  readonly tool: ReadyTool;
  readonly input: unknown;
  readonly written: string;
}

/** Whether a call of this tool can be let through without asking anything: then nothing is recorded about it. */
export function isFree({ tool }: ReadyTool, policy: ApprovalPolicy): boolean {
  if (tool.needsApproval !== undefined) return tool.needsApproval === false;
  return policy === 'auto' || (policy === 'writes' && tool.readOnly === true);
}

/** What happens to a call: the tool's own wish comes first. What a policy throws is a reason to ask. */
export async function verdictOn(call: ReadyCall, policy: ApprovalPolicy): Promise<ApprovalVerdict> {
  const { tool, name } = call.tool;
  try {
    const { needsApproval } = tool;
    const wished = typeof needsApproval === 'function' ? await needsApproval(call.input) : needsApproval;
    if (wished !== undefined) return wished ? 'ask' : 'allow';
    if (typeof policy !== 'function') return isFree(call.tool, policy) ? 'allow' : 'ask';
    return strict(await policy({ id: call.id, name, input: call.input, tool }));
  } catch {
    return 'ask';
  }
}

/** A policy that says nothing clear, as one that forgets to return, lets nothing through. */
function strict(verdict: ApprovalVerdict | undefined | null): ApprovalVerdict {
  if (verdict === 'allow') return verdict;
  const isDenied = typeof verdict === 'object' && verdict !== null && 'deny' in verdict;
  return isDenied ? { deny: String(verdict.deny) } : 'ask';
}

/** Whether an answer says yes: it may come from anywhere, so anything else is a no. */
export function isYes(answer: ApprovalAnswer | undefined | null): boolean {
  return answer?.approved === true;
}

/** The request that a person sees. */
export async function requestFor(call: ReadyCall, step: number): Promise<ApprovalRequest> {
  const { id, index, written, input } = call;
  const { name, tool } = call.tool;
  let preview: string | undefined;
  try {
    preview = await tool.preview?.(input);
  } catch (thrown) {
    preview = `(no preview: ${thrownMessage(thrown)})`;
  }
  return { step, index, id, name, arguments: written, ...(preview !== undefined && { preview }) };
}

/** How a run finds out what people say to its calls. */
export interface Asking {
  readonly onApproval: OnApproval | undefined;
  readonly leave: boolean;
  readonly state: RunState;
}

/**
 * The answers to the calls that wait, by position of the call. `undefined` when the run is to leave them unanswered: it
 * was paused, or told not to wait.
 */
export async function answersTo(
  { calls }: ApprovalsRecord,
  { onApproval, leave, state }: Asking,
): Promise<ReadonlyMap<number, ApprovalAnswer> | undefined> {
  const { journal, control } = state;
  const answers = new Map<number, ApprovalAnswer>();
  const waits = calls.map((call) =>
    journal.wait<ApprovalAnswer>(partOf(call)).then((answer) => void answers.set(call.index, answer)),
  );
  const all = Promise.all(waits);
  all.catch(() => {});
  await arrived();
  const open = calls.filter((call) => !answers.has(call.index));
  if (open.length === 0) return answers;
  if (state.halted || state.cancellation.aborted) {
    state.waitingFor = open;
    return undefined;
  }
  journal.goLive();
  const asked = state.clock.now();
  for (const call of open) {
    control.pending.set(call.id, journal.name(partOf(call)));
    state.emit({ type: 'approval-request', ...call });
  }
  try {
    if (onApproval) {
      const asking = askPerson(open, answers, waits, calls, onApproval, state);
      await state.untilPaused(Promise.all([all, asking]));
    } else if (leave) state.halt('waiting');
    else await state.untilPaused(all);
  } finally {
    for (const call of open) control.pending.delete(call.id);
    state.waitingFor = open.filter((call) => !answers.has(call.index));
    state.idleMs += state.clock.now() - asked;
  }
  if (answers.size < calls.length) return undefined;
  for (const { index, id, name, step } of open) {
    state.emit({ type: 'approval', step, index, id, name, ...answers.get(index)! });
  }
  return answers;
}

function partOf({ step, index }: ApprovalRequest): string {
  return approvalPart(step, index);
}

/** One question after the other: a person reads one at a time. */
async function askPerson(
  open: readonly ApprovalRequest[],
  answers: ReadonlyMap<number, ApprovalAnswer>,
  waits: readonly Promise<void>[],
  calls: readonly ApprovalRequest[],
  onApproval: OnApproval,
  state: RunState,
): Promise<void> {
  const { journal, control, cancellation } = state;
  const leaves = () => state.halted !== undefined || cancellation.aborted;
  for (const call of open) {
    if (leaves()) return;
    if (answers.has(call.index)) continue;
    const controller = new AbortController();
    const offs = [
      cancellation.onAbort(() => controller.abort(cancellation.reason)),
      control.onPause(() => controller.abort()),
    ];
    const elsewhere = waits[calls.indexOf(call)]!.then(() => controller.abort());
    try {
      const asked = (async () => onApproval(call, { signal: controller.signal }))();
      const said = await Promise.race([asked, elsewhere.then(() => undefined)]);
      asked.catch(() => {});
      if (controller.signal.aborted || leaves()) continue;
      await journal.session.deliver(journal.name(partOf(call)), answerOf(said));
    } catch (thrown) {
      // Whoever was asked may say so by throwing that the question is void.
      if (!controller.signal.aborted) throw thrown;
    } finally {
      for (const off of offs) off();
    }
  }
}

/** Lets come in what has been answered already. */
function arrived(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
