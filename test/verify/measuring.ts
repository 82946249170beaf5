import { modelProfile } from '../../src/profiles/index.ts';
import { rawUpstream } from '../../src/upstream/index.ts';
import {
  type AskedSide,
  type FindingCode,
  type RunOptions,
  type RunOutcome,
  reportOf,
  runSuite,
  type Side,
  type SideReport,
  SUITE,
  type Thresholds,
} from '../../src/verify/index.ts';

/** A host as one side of a run, asked as Kimi K2.6. */
export function sideAt(baseUrl: string, side: Side = 'host', model = 'kimi-k2.6'): AskedSide {
  const sender = rawUpstream({ baseUrl, model, protocol: 'openai-chat', silenceMs: 20_000 });
  const profile = modelProfile(model);
  return { side, sender, manner: { modelId: model, ...(profile && { model: profile }) } };
}

type More = Partial<RunOptions> & { readonly thresholds?: Thresholds };

/** Runs the suite, or a part of it, on hosts. */
export async function measure(
  sides: readonly AskedSide[],
  { thresholds = {}, ...more }: More = {},
): Promise<{ readonly outcome: RunOutcome; readonly reports: SideReport[] }> {
  const cases = more.cases ?? SUITE;
  const outcome = await runSuite({ cases, sides, concurrency: 8, backoffMs: 1, ...more });
  const reports = reportOf({
    ...thresholds,
    cases,
    observations: outcome.observations,
    sides: sides.map(({ side }) => ({ side, where: 'here', model: 'kimi-k2.6' })),
  });
  return { outcome, reports };
}

/** The report of one host. */
export async function reportOn(baseUrl: string, more: More = {}): Promise<SideReport> {
  const { reports } = await measure([sideAt(baseUrl)], more);
  return reports[0]!;
}

export function codesOf({ findings }: SideReport): FindingCode[] {
  return findings.map(({ code }) => code);
}

/** Measures that are not all good, with their percentages. */
export function below100({ measures }: SideReport): Record<string, number> {
  return Object.fromEntries(
    measures.flatMap(({ name, percent }) => (percent === null || percent === 100 ? [] : [[name, percent]])),
  );
}
