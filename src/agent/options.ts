import type {
  Message,
  Model,
  ModelRequest,
  Session,
  SessionStore,
  ToolChoice,
  Usage,
} from '../core/index.ts';
import type { ApprovalPolicy, OnApproval } from './approval.ts';
import type { Clock } from './clock.ts';
import type { ContextOptions } from './context/index.ts';
import type { Limits } from './limits/limits.ts';
import type { StepRecord } from './result.ts';
import type { Tools } from './tool.ts';

/** The fields of a request that an agent leaves to its user; see `ModelRequest`. */
type RequestSettings = Pick<
  ModelRequest,
  'maxTokens' | 'thinking' | 'temperature' | 'topP' | 'stop' | 'cacheKey' | 'extra'
>;

/** What an agent is made of. */
export interface AgentOptions extends RequestSettings {
  readonly model: Model;
  /** The system message of each request. It is put in front of the history, not into it. */
  readonly instructions?: string;
  readonly tools?: Tools;
  /** For the first step; see `RunOptions.toolChoice`. */
  readonly toolChoice?: ToolChoice;
  readonly limits?: Limits;
  /**
   * Which calls wait until a person says yes; default `auto`. A tool's own `needsApproval` comes first.
   *
   * - `auto`: none but those of tools that ask for it.
   * - `writes`: those of tools that are not declared `readOnly`.
   * - `always`: all.
   * - a function that says it for each call.
   */
  readonly approval?: ApprovalPolicy;
  /** Asks the person. Without it a call waits for `run.approve`, or for an answer that the session is given. */
  readonly onApproval?: OnApproval;
  /**
   * How the prompt is kept short and cheap while the run grows; `false`: it is never cut. By default old rounds are taken
   * out once carrying them has cost more than reading the rest anew, and long results are shortened; both can be read
   * back by the model with a tool, `read_result`, that it is given then. Whole results stay in
   * `result.steps` and in the session.
   */
  readonly context?: ContextOptions | false;
  /** Where `RunOptions.session` is looked up by name, as in `sqliteSessions()` of `perigee/durable`. */
  readonly sessions?: SessionStore;
  /** Is asked before each step what should be different in it. */
  readonly prepareStep?: (info: StepInfo) => StepOverrides | undefined | Promise<StepOverrides | undefined>;
  /** Is asked after each step whose calls have their results; `true` ends the run with `stopped`. */
  readonly stopWhen?: (info: StepInfo) => boolean | Promise<boolean>;
  /** The time of day for tests; default: the real one. */
  readonly clock?: Clock;
}

/** What is particular to one run. */
export interface RunOptions {
  /** Ends the run: the stream and the tools are stopped, and the result says what was done. */
  readonly signal?: AbortSignal;
  /** Earlier history, without the instructions: the `messages` of the run before. It is not changed. */
  readonly messages?: readonly Message[];
  /**
   * The conversation that this run belongs to, by name (see `AgentOptions.sessions`) or opened. Everything is recorded in
   * it as it happens, and what was said before is the run's history. If its last run was not brought to its end, that one
   * is gone on with, and the prompt is told to the model before its next turn.
   */
  readonly session?: string | Session;
  /**
   * What happens when a call needs an approval that nobody has given: `wait` (the default) however long it takes, or
   * `leave`: the run ends with `waiting`, to be resumed when the answer is there.
   */
  readonly whenWaiting?: 'wait' | 'leave';
  /**
   * Whether and what the model must call; default: left to the model. Once a forced choice (`required`, or a
   * name) has been met by a call that was executed, the choice is `auto` again: a model that must call on
   * every step can never answer. `prepareStep` can force again. With `none` no call is executed.
   */
  readonly toolChoice?: ToolChoice;
  /** A stable name of the conversation, for hosts that route by it so that prompt caches hit. */
  readonly cacheKey?: string;
}

/** Where a run stands. */
export interface StepInfo {
  /** The step that comes (`prepareStep`) or that has just ended (`stopWhen`), counted from 0. */
  readonly step: number;
  /** The history so far; it grows while the run goes on. */
  readonly messages: readonly Message[];
  readonly steps: readonly StepRecord[];
  readonly usage: Usage;
  /** US dollars so far; undefined when not known. */
  readonly cost: number | undefined;
}

/** What is different in one step. */
export interface StepOverrides extends Omit<RequestSettings, 'cacheKey'> {
  readonly model?: Model;
  readonly instructions?: string;
  /** The names of the tools of this step; default: all. A change costs the host's prompt cache. */
  readonly tools?: readonly string[];
  /** For this step only. */
  readonly toolChoice?: ToolChoice;
}
