import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { PerigeeError } from '../../core/index.ts';
import { programOf } from '../program-of.ts';
import type { Assignment, CodeOutcome, Report } from './outcome.ts';
import { prelude } from './prelude.ts';
import { sandboxWorker } from './sandbox-worker.ts';

/** Milliseconds that the thread and the engine may take to start. */
const START_MS = 30_000;
/** Milliseconds for which the engine may fail to see that its time is over, before the thread is ended. */
const GRACE_MS = 500;

const PACKAGES = { core: 'quickjs-emscripten-core', variant: '@jitl/quickjs-ng-wasmfile-release-sync' };

/** The files of the engine. */
export interface Engine {
  readonly core: string;
  readonly variant: string;
  readonly wasm: string;
}

/** What the code may take. */
export type Limits = Pick<Assignment, 'timeoutMs' | 'memoryBytes' | 'maxCharacters'>;

/** Engines that were compiled, by their file: half of what a call takes otherwise. */
const COMPILED = new Map<string, Promise<unknown>>();

/** Where the engine is. Throws a `PerigeeError` with code `missing-package` when it is not installed. */
export function findEngine(): Engine {
  const { resolve } = createRequire(import.meta.url);
  try {
    return {
      core: resolve(PACKAGES.core),
      variant: resolve(PACKAGES.variant),
      wasm: resolve(`${PACKAGES.variant}/wasm`),
    };
  } catch (cause) {
    const names = Object.values(PACKAGES).join(' ');
    throw new PerigeeError('missing-package', 'run_code needs QuickJS, which is not installed.', {
      remedy: `Run \`npm install ${names}\`.`,
      cause,
    });
  }
}

/**
 * Runs one piece of code in a thread with an engine of its own. Whatever the code does is an outcome; it rejects only
 * when `signal` fires. When it is settled the thread is gone.
 */
export async function runSandboxed(
  { core, variant, wasm }: Engine,
  code: string,
  input: string,
  limits: Limits,
  signal: AbortSignal,
): Promise<CodeOutcome> {
  const compiled = await compile(wasm);
  signal.throwIfAborted();
  const assignment: Assignment = {
    core,
    variant,
    compiled,
    prelude: programOf(prelude),
    code,
    input,
    ...limits,
  };
  const worker = new Worker(programOf(sandboxWorker, 'require'), {
    eval: true,
    workerData: assignment,
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 16 },
    env: {},
    execArgv: [],
    // What the engine writes when it breaks is for nobody's terminal.
    stdout: true,
    stderr: true,
  });
  try {
    return await outcomeOf(worker, limits, signal);
  } finally {
    await worker.terminate();
  }
}

/** Compiles the engine once in this process; a failure is tried again by the next call. */
function compile(file: string): Promise<unknown> {
  const known = COMPILED.get(file);
  if (known) return known;
  const { compile } = Reflect.get(globalThis, 'WebAssembly') as { compile(bytes: Buffer): Promise<unknown> };
  const compiling = readFile(file).then((bytes) => compile(bytes));
  COMPILED.set(file, compiling);
  compiling.catch(() => COMPILED.delete(file));
  return compiling;
}

function outcomeOf(
  worker: Worker,
  { timeoutMs, maxCharacters }: Limits,
  signal: AbortSignal,
): Promise<CodeOutcome> {
  return new Promise((resolve, reject) => {
    const output: string[] = [];
    const missing: string[] = [];
    const finish = (outcome: CodeOutcome) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve({
        ...outcome,
        ...(output.length > 0 && { output: output.join('\n') }),
        ...(missing.length > 0 && { truncated: missing.join(' ') }),
      });
    };
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const over = () => finish({ error: `Time over: the code took longer than ${timeoutMs / 1000} seconds.` });
    const late = () => finish({ error: `The sandbox did not start within ${START_MS / 1000} seconds.` });
    let timer = setTimeout(late, START_MS);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();

    worker.on('message', (report: Report) => {
      if (report.type === 'ready') {
        clearTimeout(timer);
        timer = setTimeout(over, timeoutMs + GRACE_MS);
      } else if (report.type === 'output') output.push(report.text);
      else if (report.type === 'output-full') {
        missing.push(`Only the first ${maxCharacters} characters of the output are here.`);
      } else if (report.type === 'failed') {
        const { error, line } = report;
        finish({ error, ...(line !== undefined && { line }) });
      } else finish(doneOf(report, missing));
    });
    worker.on('error', (error: Error) => finish({ error: `The sandbox broke: ${error.message}` }));
    worker.on('exit', () => finish({ error: 'The sandbox ended before the code did.' }));
  });
}

function doneOf(report: Report & { type: 'done' }, missing: string[]): CodeOutcome {
  const { result, resultLength, note } = report;
  if (result === undefined) return note === undefined ? {} : { note };
  if (resultLength === undefined) return { result: JSON.parse(result) };
  missing.push(`The result has ${resultLength} characters as JSON; this is the beginning of that text.`);
  return { result };
}
