import { agent, type Run, type RunResult } from '../../agent/index.ts';
import { UsageError } from '../failure.ts';
import { blameProxy } from '../proxy.ts';
import { type AgentCommandOptions, agentParts, settingsOf } from './agent-options.ts';
import { approveBy, askOnTerminal, refuseUnasked } from './approve-in-terminal.ts';
import { redirectConsole, redirectOutput } from './console-output.ts';
import { canAsk, type Display, showAnswer, showJson, showWorklog } from './display.ts';
import { type EndingOptions, exitCodeOf } from './ending.ts';
import { onInterrupt } from './interrupt.ts';
import { withOnlookers } from './onlookers.ts';
import { isShared, type RunSession, type SessionOptions, withSession } from './open-session.ts';
import { type SettledOptions, withSettings } from './settings.ts';
import { readToolChoice } from './tool-choice.ts';
import { toolsAtLarge } from './tools-at-large.ts';

/** The options of `perigee run`, as they were given. */
export interface RunCommandOptions extends AgentCommandOptions, SessionOptions {
  readonly toolChoice?: string;
  readonly record?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Runs an agent on a prompt and shows it; without a prompt it goes on with the session. Returns the exit code. */
export async function runAgent(prompt: string | undefined, given: RunCommandOptions): Promise<number> {
  const display = displayFor(given);
  const note = (text: string) => display.note(text);
  redirectConsole(note);
  const release = [toolsAtLarge(note), ...(given.json || given.quiet ? [redirectOutput(note)] : [])];
  try {
    return await withSession(given, async (session) =>
      runWith(
        prompt,
        await withSettings(given, session, isShared(session)),
        withOnlookers(display, session),
        session,
      ),
    );
  } finally {
    for (const undo of release) undo();
  }
}

/** How a run is shown that these options ask for. */
export function displayFor(
  options: Pick<RunCommandOptions, 'json' | 'quiet' | 'dataDir' | 'databaseUrl'> & EndingOptions,
): Display {
  const { json, quiet, dataDir, databaseUrl, isDetached = false } = options;
  const place = {
    ...(dataDir !== undefined && { dataDir }),
    ...(databaseUrl !== undefined && { databaseUrl }),
  };
  if (json) return showJson({ place, isDetached });
  return quiet ? showAnswer({ place, isDetached }) : showWorklog({ place, isDetached });
}

async function runWith(
  prompt: string | undefined,
  { options, keep }: SettledOptions<RunCommandOptions>,
  display: Display,
  session: RunSession | undefined,
): Promise<number> {
  const isWatched = !options.json && !options.quiet && process.stdout.isTTY === true;
  const { chosen, model, tools, close } = await agentParts(options, isWatched, (text) => display.note(text));
  const toolChoice = readToolChoice(options.toolChoice, Object.keys(tools));
  display.introduce(chosen.introduction, chosen.isPractice);
  await keep();
  const askHere = () => approveBy(askOnTerminal, display);
  const onApproval = isWatched && canAsk() ? askHere() : session ? undefined : refuseUnasked();
  const subject = agent({ ...settingsOf(options), model, tools, ...(onApproval && { onApproval }) });
  const control = new AbortController();
  const runOptions = {
    signal: control.signal,
    whenWaiting: 'leave',
    ...(toolChoice && { toolChoice }),
  } as const;
  const run =
    prompt !== undefined
      ? subject.run(prompt, { ...runOptions, ...(session && { session }) })
      : subject.resume({ ...runOptions, session: needed(session) });
  const release = interruptible(run, control, display, session);
  try {
    const result = await shown(run, display);
    display.end(result);
    if (options.record !== undefined && !options.quiet) {
      display.note(`Recorded in ${options.record}; --replay ${options.record} plays it back.`);
    }
    return exitCodeOf(result);
  } catch (error) {
    display.failed(error);
    throw blameProxy(error, chosen.proxy);
  } finally {
    // Before the signals are let go: a second Ctrl-C must still end what is slow to close.
    await close();
    release();
  }
}

export async function shown(run: Run, display: Display): Promise<RunResult> {
  let result: RunResult | undefined;
  for await (const event of run) {
    display.event(event);
    if (event.type === 'end') result = event.result;
  }
  return result!;
}

/** Ctrl-C once pauses, twice aborts, a third time ends the process; others who ask through the session do the same. */
function interruptible(
  run: Run,
  control: AbortController,
  display: Display,
  session: RunSession | undefined,
): () => void {
  const pause = () => {
    run.pause();
    display.note('Pausing: running tools are waited for. Ctrl-C again stops them.');
  };
  const abort = () => {
    control.abort(new Error('interrupted'));
    display.note('Stopping; Ctrl-C again ends at once.');
  };
  const offInterrupt = onInterrupt(pause, abort);
  const offCommand = session?.onCommand((command) => {
    if (command === 'pause') run.pause();
    else control.abort(new Error('cancelled by another process'));
  });
  const lose = () => control.abort(session?.lost?.reason);
  session?.lost?.addEventListener('abort', lose);
  return () => {
    session?.lost?.removeEventListener('abort', lose);
    offInterrupt();
    offCommand?.();
  };
}

function needed(session: RunSession | undefined): RunSession {
  if (session) return session;
  throw new UsageError('there is no prompt, and no session to go on with.');
}
