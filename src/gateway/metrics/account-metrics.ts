import type { AccountsState } from '../../core/index.ts';
import { type AskedMetric, type Durations, gauge, metric, type Tally } from './series.ts';

/** What the accounts decide, and how the database fares in which they are kept. */
export function accountMetrics(
  state: AccountsState | undefined,
  admissions: Tally,
  seconds: Durations,
): AskedMetric[] {
  const metrics = [
    metric(
      'perigee_admissions_total',
      'counter',
      'Requests with a key by what became of them: admitted, admitted-away (without the database), requests, tokens (limited by its rates), spent, held (budget), unknown, forbidden, away.',
      admissions.read({}, 'outcome'),
    ),
    metric(
      'perigee_admission_seconds',
      'histogram',
      'Time until a request was admitted or refused, of those that were not told at once.',
      seconds.read('perigee_admission_seconds', {}),
    ),
  ];
  if (state === undefined) return metrics;
  const { up, admittedAway, backlog, backlogSeconds } = state;
  return [
    ...metrics,
    gauge('perigee_database_up', '1 while the database answers.', up ? 1 : 0),
    metric(
      'perigee_admitted_without_database_total',
      'counter',
      'Requests that were admitted by what this replica alone knew.',
      [{ labels: {}, value: admittedAway }],
    ),
    gauge('perigee_settlement_backlog', 'Settlements that are not known to be in the database.', backlog),
    gauge('perigee_settlement_delay_seconds', 'How long the oldest of them has waited.', backlogSeconds),
  ];
}
