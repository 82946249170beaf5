import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { PerigeeError } from '../../core/index.ts';
import type { CaseMessage, Mode, VerifyCase } from '../case.ts';
import { obstacle, requestBody } from '../request.ts';
import type { Observation, SeenAnswer } from '../wire/seen.ts';
import { type AskedSide, ask, type Patience } from './ask.ts';
import { fatalError } from './fatal.ts';
import { Gate } from './gate.ts';

export interface RunOptions extends Patience {
  readonly cases: readonly VerifyCase[];
  /** One, or several that are asked the same, one beside the other. */
  readonly sides: readonly AskedSide[];
  /** Times that each question is asked. Default 1. */
  readonly repeat?: number;
  /** Questions that are open at the same time. Default 4. */
  readonly concurrency?: number;
  /** Stops the run; what has come is kept. */
  readonly signal?: AbortSignal;
  /** What an earlier run has seen already: it is not asked again. */
  readonly known?: readonly Observation[];
  /** Is given each new observation as it comes. */
  readonly onObservation?: (observation: Observation) => void;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Milliseconds that the host wants to be left alone. */
  readonly waitMs: number;
}

export interface RunOutcome {
  /** The known and the new ones. */
  readonly observations: readonly Observation[];
  /** Cases that were not asked, each with the reason. */
  readonly skipped: readonly { readonly case: string; readonly reason: string }[];
  /** Not everything was asked: `signal` fired, or the host cannot be asked at all (`error`). */
  readonly interrupted: boolean;
  readonly error?: PerigeeError;
}

/** One question to one side, with the one that may follow it. */
interface Job {
  readonly asked: VerifyCase;
  readonly mode: Mode;
  readonly repeat: number;
  readonly side: AskedSide;
}

/** The identity of an observation in a run. */
export function keyOf(seen: Pick<Observation, 'side' | 'case' | 'mode' | 'repeat' | 'step'>): string {
  return [seen.side, seen.case, seen.mode, seen.repeat, seen.step].join(' ');
}

/** Asks every question of the suite, some at a time. Never throws for what a host does. */
export async function runSuite(options: RunOptions): Promise<RunOutcome> {
  const { cases, sides, repeat = 1, concurrency = 4, known = [], onObservation, onProgress } = options;
  const outer = options.signal ?? new AbortController().signal;
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  // Each question that is open listens, and there may be many.
  setMaxListeners(0, signal);
  const now = () => performance.now();
  const gates = new Map(sides.map((side) => [side, new Gate(now)]));
  const seen = new Map(known.filter(isSettled).map((observation) => [keyOf(observation), observation]));
  const skipped = cases.flatMap((asked) => {
    const reason = obstacle(asked, sides[0]!.manner);
    return reason === undefined ? [] : [{ case: asked.id, reason }];
  });
  const left = new Set(skipped.map((entry) => entry.case));
  const jobs = jobsOf(
    cases.filter(({ id }) => !left.has(id)),
    sides,
    repeat,
  );
  let next = 0;
  let done = 0;
  const answered = new Set(known.flatMap(({ side, answer }) => (answer ? [side] : [])));
  let error: PerigeeError | undefined;
  let defect: unknown;
  const progress = () => {
    const waitMs = Math.max(0, ...[...gates.values()].map((gate) => gate.left));
    onProgress?.({ done, total: jobs.length, waitMs });
  };

  async function step(job: Job, number: number, messages: readonly CaseMessage[]): Promise<Observation> {
    const { asked, mode, side } = job;
    const place = { side: side.side, case: asked.id, mode, repeat: job.repeat, step: number };
    const before = seen.get(keyOf(place));
    if (before) return before;
    // A choice that was forced holds for the question, not for what follows it.
    const { toolChoice: _, ...free } = asked;
    const body = requestBody(number === 0 ? asked : free, messages, mode, side.manner);
    const at = Date.now();
    const surroundings = { signal, now, onWait: progress };
    const came = await ask(side, body, mode, asked.tools, gates.get(side)!, options, surroundings);
    const observation: Observation = { ...place, at, ...came };
    if (came.answer) answered.add(side.side);
    const fatal = fatalError(came.problem, answered.has(side.side), side.side);
    if (fatal) {
      error ??= fatal;
      stop.abort();
      throw fatal;
    }
    seen.set(keyOf(place), observation);
    onObservation?.(observation);
    return observation;
  }

  async function work(): Promise<void> {
    for (let job = jobs[next++]; job && !signal.aborted; job = jobs[next++]) {
      try {
        const { asked } = job;
        const first = await step(job, 0, asked.messages);
        const { answer } = first;
        if (asked.followUp && answer && !first.problem && answer.calls.length > 0) {
          await step(job, 1, [...asked.messages, ...continued(answer, asked.followUp.result)]);
        }
        done++;
        progress();
      } catch (problem) {
        if (signal.aborted) return;
        defect = problem;
        stop.abort();
      }
    }
  }

  progress();
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  if (defect !== undefined) throw defect;
  return {
    observations: [...seen.values()],
    skipped,
    interrupted: done < jobs.length,
    ...(error && { error }),
  };
}

function jobsOf(cases: readonly VerifyCase[], sides: readonly AskedSide[], repeat: number): Job[] {
  const jobs: Job[] = [];
  for (let number = 0; number < repeat; number++) {
    for (const asked of cases) {
      for (const mode of asked.modes ?? ['stream']) {
        for (const side of sides) jobs.push({ asked, mode, repeat: number, side });
      }
    }
  }
  return jobs;
}

/** The answer goes back as the host wrote it, every call with its result. */
export function continued(answer: SeenAnswer, result: string): CaseMessage[] {
  const calls = answer.calls.map(({ id, name, arguments: text }, position) => ({
    id: id ?? `call_${position}`,
    name,
    arguments: text === '' ? '{}' : text,
  }));
  return [
    {
      role: 'assistant',
      content: answer.content,
      calls,
      ...(answer.reasoning !== '' && { reasoning: answer.reasoning }),
    },
    ...calls.map(({ id }): CaseMessage => ({ role: 'tool', id, content: result })),
  ];
}

/** What failed for a reason that may be gone is asked again when a run is gone on with. */
function isSettled({ problem, answer }: Observation): boolean {
  return !problem || problem.code === 'refused' || answer !== undefined;
}
