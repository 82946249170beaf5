import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import type { Assignment, Report } from './outcome.ts';

/**
 * The whole program of the thread that runs one piece of code. It is started from its own source text, so that it runs
 * from a bundle as well: it must use nothing from outside but what `load` gives.
 *
 * Nothing is freed: the engine may be broken by what ran in it, and all of it goes with the thread.
 */
export async function sandboxWorker(load: (name: string) => unknown): Promise<void> {
  const FILE = 'code.js';
  const PAGE = 65_536;
  const MIN_PAGES = 256;
  const MS_TO_EXPLAIN = 250;
  const OUT_OF_MEMORY = 'InternalError: out of memory';
  type Kind = { readonly text: string; readonly type: 'global' | 'module' };

  const { parentPort, workerData } = load('node:worker_threads') as typeof import('node:worker_threads');
  const given = workerData as Assignment;
  const report = (message: Report): undefined => {
    parentPort?.postMessage(message);
    return undefined;
  };
  const engine = load(given.core) as typeof import('quickjs-emscripten-core');
  const packaged = load(given.variant) as typeof import('@jitl/quickjs-ng-wasmfile-release-sync');
  // The engine's own limit does not count all that it takes, so the memory itself ends there.
  const maximum = Math.max(MIN_PAGES, Math.ceil(given.memoryBytes / PAGE));
  const { Memory } = Reflect.get(globalThis, 'WebAssembly') as {
    Memory: new (size: { initial: number; maximum: number }) => never;
  };
  const wasmMemory = new Memory({ initial: MIN_PAGES, maximum });
  const variant = engine.newVariant(packaged.default, { wasmMemory, wasmModule: given.compiled as never });
  const runtime = (await engine.newQuickJSWASMModuleFromVariant(variant)).newRuntime();
  runtime.setMemoryLimit(given.memoryBytes);
  runtime.setMaxStackSize(1024 * 1024);
  const context = runtime.newContext();

  let left = given.maxCharacters;
  let full = false;
  const emit = context.newFunction('emit', (handle) => {
    if (full) return;
    const text = context.getString(handle);
    full = text.length > left;
    if (left > 0 || !full) report({ type: 'output', text: text.slice(0, Math.max(0, left)) });
    if (full) report({ type: 'output-full' });
    left -= text.length + 1;
  });
  const inside = context.unwrapResult(
    context.callFunction(
      context.unwrapResult(context.evalCode(given.prelude, 'prelude.js')),
      context.undefined,
      emit,
      context.newNumber(given.maxCharacters),
      context.newString(given.input),
    ),
  );
  const write = context.getProp(inside, 'write');
  const explain = context.getProp(inside, 'explain');

  report({ type: 'ready' });
  let deadline = performance.now() + given.timeoutMs;
  let interrupted = false;
  runtime.setInterruptHandler(() => {
    if (performance.now() <= deadline) return false;
    interrupted = true;
    return true;
  });

  try {
    work(context);
  } catch (error) {
    const overflow = error instanceof RangeError;
    report({
      type: 'failed',
      error: overflow
        ? 'RangeError: the code is, or calls itself, too deeply nested'
        : `The sandbox broke: ${error}`,
    });
  }

  function work(context: QuickJSContext): undefined {
    const compiled = choose(context);
    if ('thrown' in compiled) return fail(compiled.thrown);
    const ran = context.evalCode(compiled.text, FILE, { type: compiled.type });
    if (ran.error) return fail(ran.error);
    const settled = settle(ran.value);
    if (settled === undefined) return undefined;
    const value = compiled.type === 'module' ? settle(context.getProp(settled, 'default')) : settled;
    if (value === undefined) return undefined;
    const written = context.callFunction(write, context.undefined, value);
    if (written.error) return fail(written.error);
    if (context.typeof(written.value) !== 'string') {
      const note =
        compiled.text === given.code
          ? undefined
          : 'Code with await gives a result by return or export default.';
      return report({ type: 'done', ...(note !== undefined && { note }) });
    }
    const json = context.getString(written.value);
    if (json.length <= given.maxCharacters) return report({ type: 'done', result: json });
    return report({ type: 'done', result: json.slice(0, given.maxCharacters), resultLength: json.length });
  }

  /** As a script, whose last expression counts; else as the body of a function; else as a module. */
  function choose(context: QuickJSContext): Kind | { readonly thrown: QuickJSHandle } {
    const kinds: Kind[] = [
      { text: given.code, type: 'global' },
      { text: `(async () => {${given.code}\n})()`, type: 'global' },
      { text: given.code, type: 'module' },
    ];
    const thrown: QuickJSHandle[] = [];
    for (const kind of kinds) {
      const compiled = context.evalCode(kind.text, FILE, { type: kind.type, compileOnly: true });
      if (!compiled.error) return kind;
      thrown.push(compiled.error);
    }
    return { thrown: thrown[/\b(?:import|export)\b/.test(given.code) ? 2 : 1]! };
  }

  /** Works until nothing is left to do; a promise is then what it came to. Undefined when that was a failure. */
  function settle(value: QuickJSHandle): QuickJSHandle | undefined {
    for (;;) {
      const worked = runtime.executePendingJobs(1000);
      if (worked.error) return fail(worked.error);
      if (worked.value === 0) break;
      if (performance.now() > deadline) {
        interrupted = true;
        return fail(value);
      }
    }
    const state = context.getPromiseState(value);
    if (state.type === 'fulfilled') return state.value;
    if (state.type === 'rejected') return fail(state.error);
    return report({
      type: 'failed',
      error: 'The promise is never settled: there are no timers, network or files in here to wait for.',
    });
  }

  function fail(thrown: QuickJSHandle): undefined {
    const late = interrupted;
    deadline = performance.now() + MS_TO_EXPLAIN;
    const explained = context.callFunction(explain, context.undefined, thrown);
    const json = explained.error ? '{}' : context.getString(explained.value);
    const { text = OUT_OF_MEMORY, stack = '' } = JSON.parse(json) as { text?: string; stack?: string };
    const line = /\bcode\.js:(\d+)/.exec(stack)?.[1];
    const error = late
      ? `Time over: the code took longer than ${given.timeoutMs / 1000} seconds.`
      : inWords(text);
    return report({ type: 'failed', error, ...(line !== undefined && { line: Number(line) }) });
  }

  function inWords(text: string): string {
    if (text.startsWith(OUT_OF_MEMORY)) {
      return `Out of memory: the code may use ${given.memoryBytes / 1024 / 1024} MiB.`;
    }
    return text.startsWith('ReferenceError: could not load module')
      ? `${text}. There are no modules in here.`
      : text;
  }
}
