import { type ToolContext, tool } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';
import type { CodeOutcome } from './outcome.ts';
import { Places } from './places.ts';
import { findEngine, runSandboxed } from './sandbox.ts';

const MIB = 1024 * 1024;
/** Characters that a piece of code, and its input as JSON, may have. */
const MAX_CODE = 100_000;
const MAX_INPUT = 2_000_000;
/** The engine itself needs that much before any code runs. */
const MIN_MEMORY = 16 * MIB;
const MAX_MEMORY = 1024 * MIB;

/** The limits of `run_code`. */
export interface RunCodeOptions {
  /** Milliseconds that the code may take, starting the sandbox not counted; default 5,000. */
  readonly timeoutMs?: number;
  /** Bytes that the engine and the code may take; default 64 MiB, from 16 MiB to 1 GiB. */
  readonly memoryBytes?: number;
  /** Characters of the console and, apart from these, of the result as JSON; default 20,000. */
  readonly maxCharacters?: number;
  /** Sandboxes that run at the same time; further calls wait. Default 4. */
  readonly concurrency?: number;
}

/** What `run_code` is given. */
export interface RunCodeInput {
  readonly code: string;
  /** Any JSON value; the code has it as `input`. */
  readonly input?: unknown;
}

/**
 * A tool that runs JavaScript in QuickJS, compiled to WebAssembly, in a thread of its own: no network, no files, no
 * timers, nothing of Node, and nothing left of it for the next call. What the code throws, and a limit that it meets,
 * is a result. Throws a `PerigeeError` with code `missing-package` when the engine is not installed, and
 * `invalid-options` for limits that cannot be kept.
 */
export function runCodeTool(options: RunCodeOptions = {}) {
  const { timeoutMs = 5000, memoryBytes = 64 * MIB, maxCharacters = 20_000, concurrency = 4 } = options;
  checkOption('timeoutMs', timeoutMs, 1, 24 * 3600 * 1000);
  checkOption('memoryBytes', memoryBytes, MIN_MEMORY, MAX_MEMORY);
  checkOption('maxCharacters', maxCharacters, 1, 10_000_000);
  checkOption('concurrency', concurrency, 1, 1000);
  const engine = findEngine();
  const places = new Places(concurrency);
  return tool({
    description:
      'Runs JavaScript (ES2023) in a sandbox and answers with the value of the last expression, of return or of ' +
      'export default, as JSON, and with what was written by console.log. There is no network, no files, no timers, ' +
      `no modules, and nothing stays for the next call. Limits: ${timeoutMs / 1000} seconds, ` +
      `${Math.floor(memoryBytes / MIB)} MiB.`,
    inputSchema: {
      type: 'object',
      properties: {
        code: { type: 'string', description: 'The code.', minLength: 1, maxLength: MAX_CODE },
        input: { description: 'Any JSON value; in the code it is the variable `input`.' },
      },
      required: ['code'],
      additionalProperties: false,
    },
    readOnly: true,
    async execute({ code, input = null }: RunCodeInput, { signal }: ToolContext): Promise<CodeOutcome> {
      const json = JSON.stringify(input);
      if (json.length > MAX_INPUT)
        throw new Error(`The input has more than ${MAX_INPUT} characters as JSON.`);
      await places.take(signal);
      try {
        const limits = { timeoutMs, memoryBytes, maxCharacters };
        return await runSandboxed(engine, code, json, limits, signal);
      } finally {
        places.leave();
      }
    },
  });
}

function checkOption(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw new PerigeeError('invalid-options', `runCodeTool: ${name} is ${value}.`, {
    remedy: `Give a whole number from ${from} to ${to}, or leave it out.`,
  });
}
