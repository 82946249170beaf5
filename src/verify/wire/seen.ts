import type { Mode } from '../case.ts';

/** A call as it stood on the wire. */
export interface SeenCall {
  /** Absent: the host gave none. */
  readonly id?: string;
  readonly name: string;
  readonly arguments: string;
  /** In how many pieces the arguments came, empty ones not counted. */
  readonly pieces: number;
}

/** A call that stood in the text, not among the calls. */
export interface LeakedCall {
  readonly name?: string;
  readonly arguments: string;
}

/** Tokens as the host counted them. */
export interface SeenUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** An answer as the host sent it: nothing is repaired, nothing is derived. */
export interface SeenAnswer {
  readonly content: string;
  readonly reasoning: string;
  readonly calls: readonly SeenCall[];
  /** null: none was sent. */
  readonly finishReason: string | null;
  /** The stream ended with `[DONE]`; of a whole answer, that its JSON was whole. */
  readonly done: boolean;
  /** What Perigee's parser finds in content and reasoning. */
  readonly leaked: readonly LeakedCall[];
  /** Indexes of calls that are missing, no numbers, or not counted from 0. */
  readonly oddIndexes: boolean;
  readonly usage?: SeenUsage;
  /** The first event of the stream that was no JSON. */
  readonly badEvent?: string;
}

/** Milliseconds from when the request was sent. */
export interface SeenTimes {
  /** The first piece of reasoning, text or call. */
  readonly firstEvent?: number;
  readonly firstCall?: number;
  readonly lastEvent?: number;
  readonly total: number;
  /** The longest time without any byte once there was one. */
  readonly longestSilence: number;
}

/** Why there is no usable answer. */
export interface SeenProblem {
  /** `refused`: the host does not take the request (400 and the like). Else a code of `PerigeeError`. */
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/** Which side of a comparison was asked. */
export type Side = 'host' | 'reference' | 'gateway';

/** One question and what came of it; a line of the results file. */
export interface Observation {
  readonly side: Side;
  readonly case: string;
  readonly mode: Mode;
  /** Counted from 0: the same question asked again. */
  readonly repeat: number;
  /** 0: the question; 1: after its calls were answered. */
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Times that the host said "later" (429), and how long that was waited for, in milliseconds. */
  readonly waits: number;
  readonly waitedMs: number;
  /** Times that the host failed (5xx, a broken connection) before this. */
  readonly failures: readonly string[];
  readonly problem?: SeenProblem;
  /** What came, also of an answer that broke off. */
  readonly answer?: SeenAnswer;
  readonly times?: SeenTimes;
}
