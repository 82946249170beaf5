import type { AccountKey, Asked, Verdict } from '../../core/index.ts';
import { forbidden } from '../answers/choose-model.ts';
import { refuse } from '../answers/refuse.ts';
import type { Exchange } from '../exchange.ts';
import { refusalOf } from './refusal.ts';

/**
 * Lets a request go on once its key has room for it, else refuses it. Without a database all of it happens at once. `most`: US
 * dollars that it may cost, asked only where somebody counts them.
 */
export function admitted(exchange: Exchange, most: () => number, go: () => void): void {
  const { key, keyIsKept, runtime } = exchange;
  if (key === undefined) {
    go();
    return;
  }
  const asked: Asked = {
    request: exchange.id,
    key,
    kept: keyIsKept,
    ...(exchange.served && { model: exchange.served.name }),
    most: keyIsKept || key.monthlyBudget !== undefined ? most() : 0,
    now: Date.now(),
  };
  const began = performance.now();
  const verdict = verdictOn(exchange, asked);
  if (!(verdict instanceof Promise)) {
    decide(exchange, verdict, asked, go);
    return;
  }
  verdict
    .then((decided) => {
      runtime.metrics.admissionSeconds.observe((performance.now() - began) / 1000);
      decide(exchange, decided, asked, go);
    })
    .catch((error: unknown) => refuse(exchange, error));
}

function verdictOn(exchange: Exchange, asked: Asked): Verdict | Promise<Verdict> {
  const { accounts, lines } = exchange.runtime;
  const { id, monthlyBudget } = asked.key;
  // Whoever comes later does not overtake those who wait.
  if (monthlyBudget !== undefined && asked.most > 0 && lines.has(id)) {
    return waited(exchange, asked, { is: 'held', budget: monthlyBudget });
  }
  const verdict = accounts.admit(asked);
  if (verdict instanceof Promise) {
    return verdict.then((decided) => (decided.is === 'held' ? waited(exchange, asked, decided) : decided));
  }
  return verdict.is === 'held' ? waited(exchange, asked, verdict) : verdict;
}

function waited(exchange: Exchange, asked: Asked, held: Verdict): Verdict | Promise<Verdict> {
  const { runtime, snapshot } = exchange;
  return runtime.lines.wait(asked, held, snapshot.limits.budgetWaitMs, () => exchange.ended);
}

function decide(exchange: Exchange, verdict: Verdict, asked: Asked, go: () => void): void {
  const { runtime } = exchange;
  runtime.metrics.admissions.add(1, outcomeOf(verdict));
  if (verdict.is === 'admitted') {
    exchange.admitted(verdict.key, verdict.away === true);
    if (!exchange.ended) go();
    return;
  }
  if (exchange.ended) return;
  // Answered as any other error is, also where it is told at once.
  refuse(
    exchange,
    verdict.is === 'forbidden'
      ? notForThisKey(exchange, verdict.key)
      : refusalOf(verdict, asked.key, asked.now),
  );
}

function outcomeOf(verdict: Verdict): string {
  if (verdict.is === 'limited') return verdict.what;
  return verdict.is === 'admitted' && verdict.away ? 'admitted-away' : verdict.is;
}

function notForThisKey(exchange: Exchange, key: AccountKey) {
  exchange.key = key;
  return forbidden(exchange, exchange.askedName ?? '');
}
