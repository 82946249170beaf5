import type { VerifyCase } from '../case.ts';
import { STREAMING, THINKING, TOOL_CHOICE } from './choice-data.ts';
import { HISTORY } from './history-data.ts';
import { SCHEMAS } from './schemas-data.ts';
import { NO_CALL, SEQUENTIAL } from './sequential-data.ts';
import { PARALLEL, SINGLE } from './single-data.ts';
import { LONG_ARGUMENTS, UNICODE } from './texts-data.ts';

/** The version of the questions: results of another one are not mixed with these. */
export const SUITE_VERSION = '2026-11-26';

/** All questions, in the order in which they are asked. */
export const SUITE: readonly VerifyCase[] = [
  ...SINGLE,
  ...PARALLEL,
  ...SEQUENTIAL,
  ...NO_CALL,
  ...SCHEMAS,
  ...LONG_ARGUMENTS,
  ...UNICODE,
  ...TOOL_CHOICE,
  ...THINKING,
  ...STREAMING,
  ...HISTORY,
];
