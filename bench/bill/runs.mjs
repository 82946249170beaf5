import { importSource } from '../module.mjs';
import { Host, promptTokens, round, said, TASK, withoutEarlierReasoning } from './host.mjs';

const { ContextWindow, Ledger } = await importSource('src/agent/context/index.ts');

/** A run under a policy of `policies.mjs`; it ends where the window is full. */
export function policyRun(policy, { steps, resultTokens, prices, room }) {
  const show = policy();
  const host = new Host(prices);
  const history = [said('user', TASK)];
  for (let step = 0; step < steps; step++) {
    const view = show(history, promptTokens);
    if (promptTokens(view) > room) return { overflowAt: step + 1 };
    host.ask(view);
    history.push(...round(step, resultTokens));
  }
  return { cost: host.cost, cachedShare: host.cachedShare, cuts: host.breaks, largest: host.largest };
}

/** The same run under Perigee's window. */
export function windowRun(options, { steps, resultTokens, prices, window }) {
  const context = new ContextWindow(options, prices, window);
  const ledger = new Ledger(prices, window);
  const host = new Host(prices);
  context.append([said('user', TASK)]);
  for (let step = 0; step < steps; step++) {
    ask(context, ledger, host, (messages) => messages);
    context.append(round(step, resultTokens));
  }
  return { cost: host.cost, cachedShare: host.cachedShare, largest: host.largest, ...ledger.bill() };
}

/** A conversation: so many prompts of the user, each with so many steps and an answer. */
export function chatRun(keepsReasoning, { prompts, steps, resultTokens, prices, window }) {
  const context = new ContextWindow(undefined, prices, window, { keepsReasoning });
  const ledger = new Ledger(prices, window);
  const host = new Host(prices);
  const see = keepsReasoning ? (messages) => messages : withoutEarlierReasoning;
  let step = 0;
  for (let prompt = 0; prompt < prompts; prompt++) {
    context.append([said('user', TASK)]);
    for (let each = 0; each < steps; each++) {
      ask(context, ledger, host, see);
      context.append(round(step++, resultTokens));
    }
    ask(context, ledger, host, see);
    context.append([said('assistant', 250)]);
  }
  return { cost: host.cost, cachedShare: host.cachedShare, breaks: host.breaks, ...ledger.bill() };
}

function ask(context, ledger, host, see) {
  const cut = context.plan();
  if (cut) context.apply(cut);
  const estimate = context.estimate();
  const usage = host.ask(see(context.messages));
  context.told(usage);
  ledger.add({ usage, estimate, wasCut: cut !== undefined });
}
