import { type Message, PerigeeError, type Session, type SessionStore } from '../core/index.ts';
import { thrownMessage } from './calls/result-text.ts';
import { Cancellation } from './cancellation.ts';
import { systemClock } from './clock.ts';
import { READ_RESULT } from './context/index.ts';
import { Steering } from './control.ts';
import type { AgentEvent } from './event.ts';
import { checkLimits, type LoopLimits } from './limits/limits.ts';
import { runLoop } from './loop/loop.ts';
import { type Ending, type RunParts, RunState } from './loop/run-state.ts';
import type { AgentOptions, RunOptions } from './options.ts';
import { RunError, type RunResult } from './result.ts';
import { type Run, startRun } from './run.ts';
import { beginRun } from './session/begin-run.ts';
import { memorySession } from './session/memory-session.ts';
import type { EndRecord } from './session/records.ts';
import { traced, type Within } from './telemetry/traced.ts';
import { checkTool } from './tool.ts';
import { Toolbox } from './toolbox.ts';

/** A model with tools and instructions. It keeps nothing between runs, so one agent can have many at a time. */
export interface Agent {
  /**
   * Lets the model work on a prompt until it answers. Give `messages` of an earlier result, or a `session`, to continue
   * that conversation. Never throws: whatever goes wrong comes out of the `Run`.
   */
  run(prompt: string | readonly Message[], options?: RunOptions): Run;
  /**
   * Goes on with the last run of a session: one that was paused, aborted, waits for an approval, failed or died with its
   * process goes on where its records end; one that reached a limit goes on with new limits; one that was answered gives
   * its answer again.
   */
  resume(options: RunOptions & { readonly session: string | Session }): Run;
}

/** Makes an agent. Throws a `PerigeeError` with code `invalid-options` for what can never work. */
export function agent(options: AgentOptions): Agent {
  const limits = checked(options);
  let toolbox: Promise<Toolbox> | undefined;
  const runOn = async (
    session: Session,
    prompt: readonly Message[] | undefined,
    runOptions: RunOptions,
    parts: RunParts,
  ): Promise<RunResult> => {
    const state = new RunState(parts);
    try {
      const over = await beginRun(session, prompt, runOptions, options, state);
      parts.control.attach(session);
      if (over) return state.result(over);
      toolbox ??= Toolbox.of(options.tools ?? {});
      const cacheKey = runOptions.cacheKey ?? options.cacheKey;
      const { whenWaiting } = runOptions;
      const own = await toolbox;
      const tools = { own, reading: await own.with(READ_RESULT, state.context.readTool) };
      const context = { options, limits, tools, cacheKey, whenWaiting, state };
      const { ending, isOver } = await runLoop(context);
      if (isOver) await recordEnd(ending, state);
      const hasRead = state.queueSeen >= state.promptUntil;
      if (!isOver || hasRead) return state.result(ending);
    } catch (thrown) {
      return endWith(thrown, state);
    }
    // What was on record had come to its end already: the prompt, which is in line, begins another run.
    return runOn(session, [], runOptions, parts);
  };
  const start = (prompt: readonly Message[] | undefined, runOptions: RunOptions): Run => {
    const control = new Steering();
    const work = async (emit: (event: AgentEvent) => void, within: Within) => {
      let opened: Opened | undefined;
      let release: (() => void) | undefined;
      let cancellation: Cancellation | undefined;
      try {
        cancellation = new Cancellation(checkedSignal(runOptions.signal));
        opened = await open(runOptions.session, options.sessions);
        release = takeSession(opened.session);
        const clock = options.clock ?? systemClock;
        const parts = { emit, within, clock, cancellation, control, limits, options };
        return await runOn(opened.session, prompt, runOptions, parts);
      } finally {
        control.close();
        cancellation?.dispose();
        release?.();
        await opened?.close();
      }
    };
    return startRun(control, (emit) => traced(options.model.id, runOptions.session, emit, work));
  };
  return {
    run: (prompt, runOptions) => start(messagesOf(prompt), runOptions ?? {}),
    resume: (runOptions) => start(undefined, runOptions),
  };
}

/** An opened session, and what lets go of it: only who opened it closes it. */
interface Opened {
  readonly session: Session;
  close(): Promise<void>;
}

async function open(session: RunOptions['session'], sessions: SessionStore | undefined): Promise<Opened> {
  const leaveOpen = async () => {};
  if (session === undefined) return { session: memorySession(), close: leaveOpen };
  if (typeof session !== 'string') return { session, close: leaveOpen };
  if (!sessions) {
    throw invalid(
      `There is no store to look up the session ${JSON.stringify(session)}.`,
      "Give the agent `sessions: sqliteSessions()` of 'perigee/durable'.",
    );
  }
  const opened = await sessions.open(session);
  return { session: opened, close: () => opened.close() };
}

/** The open sessions that a run of this process is at work on. */
const taken = new WeakSet<Session>();

/** One run at a time: a second one would join the records of the first, and its prompt would be lost. */
function takeSession(session: Session): () => void {
  if (taken.has(session)) {
    throw new PerigeeError(
      'session-busy',
      `Another run is at work on the session ${JSON.stringify(session.name)}.`,
      {
        remedy: 'Wait for it, or tell it what there is to say: run.steer(text).',
        retryable: true,
      },
    );
  }
  taken.add(session);
  return () => void taken.delete(session);
}

async function recordEnd({ finishReason, explanation }: Ending, { journal, bill }: RunState): Promise<void> {
  const { usage, cost } = bill;
  await journal.step('end', async (): Promise<EndRecord> => {
    return { finishReason, explanation, usage, ...(cost !== undefined && { cost }) };
  });
}

function messagesOf(prompt: string | readonly Message[]): readonly Message[] {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
}

function checkedSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (!signal || typeof signal.addEventListener === 'function') return signal;
  throw invalid('signal must be an AbortSignal.');
}

/** An abort or a pause is a way to end; anything else is an error that carries what was done. */
function endWith(thrown: unknown, state: RunState): RunResult {
  // A session that fails must be heard of, also when the run was to end anyway.
  const isLost = thrown instanceof PerigeeError && thrown.code.startsWith('session-');
  if (!isLost && state.cancellation.aborted) {
    return state.result({ finishReason: 'aborted', explanation: 'The run was aborted.' });
  }
  if (!isLost && state.halted) {
    const finishReason = state.halted;
    return state.result({ finishReason, explanation: 'The run was paused.' });
  }
  const error =
    thrown instanceof PerigeeError
      ? thrown
      : new PerigeeError('stream-error', `The run failed: ${thrownMessage(thrown)}`, { cause: thrown });
  throw new RunError(error, state.result({ finishReason: 'error', explanation: error.message }));
}

function checked(options: AgentOptions): LoopLimits {
  const { model, tools } = options ?? {};
  if (typeof model?.stream !== 'function') throw invalid('An agent needs a model.');
  for (const [name, tool] of Object.entries(tools ?? {})) {
    if (name === '') throw invalid('A tool needs a name.');
    checkTool(tool, name);
  }
  const limits = checkLimits(options.limits);
  if (Number.isFinite(limits.cost) && !model.prices) {
    throw invalid(
      `limits.cost is ${limits.cost}, but what ${model.id} costs is not known.`,
      'Give the model `prices`, or limit its tokens.',
    );
  }
  return limits;
}

function invalid(message: string, remedy?: string): PerigeeError {
  return new PerigeeError('invalid-options', message, remedy === undefined ? {} : { remedy });
}
