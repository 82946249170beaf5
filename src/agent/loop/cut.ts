import { TurnAssembler, type Usage } from '../../core/index.ts';
import { type CutPlan, summaryRequest } from '../context/index.ts';
import { addBill, type Bill, billFor } from './bill.ts';
import type { LoopContext } from './context.ts';
import type { StepPlan } from './plan.ts';

/** A cut that was made before a turn. */
export interface CutMade {
  readonly cut: CutPlan;
  readonly summary?: { readonly text: string; readonly usage: Usage };
  /** What the summaries cost, those of earlier cuts before this turn included. */
  readonly bill?: Bill;
}

/** Takes old steps out of the prompt, after asking for what matters in them where that is wanted. */
export async function makeCut(
  cut: CutPlan,
  plan: () => Promise<StepPlan>,
  context: LoopContext,
  step: number,
  before: CutMade | undefined,
): Promise<CutMade> {
  const { state } = context;
  const asked = await summaryOf(cut, plan, context);
  if (asked) {
    state.context.addSummary(asked.usage);
    state.addToBill(asked.bill);
  }
  const text = asked?.text;
  state.context.apply(cut, text);
  state.emit({ type: 'pruned', step, cut, ...(text && { summary: text }) });
  const bills = [before?.bill, asked?.bill].filter((bill) => bill !== undefined);
  return {
    cut,
    ...(asked && { summary: { text: asked.text, usage: asked.usage } }),
    ...(bills.length > 0 && { bill: bills.reduce(addBill) }),
  };
}

/** A summary that does not come is no reason to end the run: then the cut says only what was taken out. */
async function summaryOf(
  cut: CutPlan,
  plan: () => Promise<StepPlan>,
  { state, options }: LoopContext,
): Promise<{ text: string; usage: Usage; bill: Bill } | undefined> {
  const wanted = summaryRequest(cut, state.context.window);
  if (!wanted) return undefined;
  const { model, request } = await plan();
  const { instructions } = options;
  const system = instructions ? [{ role: 'system', content: instructions } as const] : [];
  const assembler = new TurnAssembler();
  const controller = new AbortController();
  const offs = [
    state.cancellation.onAbort(() => controller.abort(state.cancellation.reason)),
    state.control.onPause(() => controller.abort()),
  ];
  try {
    state.cancellation.throwIfAborted();
    const summary = {
      ...request,
      messages: [...system, ...wanted.messages],
      maxTokens: wanted.maxTokens,
      ...(request.tools && { toolChoice: 'none' as const }),
    };
    for await (const event of model.stream(summary, { signal: controller.signal })) assembler.push(event);
    const { content, usage } = assembler.turn();
    const bill = billFor(usage, model);
    return { text: content, usage: bill.usage, bill };
  } catch (error) {
    if (state.cancellation.aborted || state.halted) throw error;
    return undefined;
  } finally {
    for (const off of offs) off();
  }
}
