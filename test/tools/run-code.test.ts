import { describe, expect, it } from 'vitest';
import { PerigeeError } from '../../src/core/index.ts';
import { type CodeOutcome, type RunCodeOptions, runCodeTool } from '../../src/tools/index.ts';

const tool = runCodeTool();
const quick = runCodeTool({ timeoutMs: 250 });
const brief = runCodeTool({ timeoutMs: 1000 });

async function run(code: string, input?: unknown, runner = tool, signal = new AbortController().signal) {
  const context = { signal, toolCallId: 'x', idempotencyKey: 'x' };
  return (await runner.execute({ code, ...(input !== undefined && { input }) }, context)) as CodeOutcome;
}

describe('run_code', () => {
  it.each<[string, CodeOutcome]>([
    ['1 + 1', { result: 2 }],
    ['const xs = [3, 1, 2]; xs.sort(); xs', { result: [1, 2, 3] }],
    ['return 5', { result: 5 }],
    ['const x = await Promise.resolve(6);\nreturn x', { result: 6 }],
    ['export default { a: 1 }', { result: { a: 1 } }],
    ['const x = await 7; export default x', { result: 7 }],
    ['Promise.resolve(8).then((x) => x + 1)', { result: 9 }],
    [
      '({ a: undefined, b: null, c: NaN, d: 2n ** 70n, e: new Map([[1, 2]]), f() {} })',
      {
        result: { b: null, c: 'NaN', d: '1180591620717411303424', e: [[1, 2]], f: '[function f]' },
      },
    ],
    ['undefined', {}],
    ['let x = 1', {}],
    ['"é😀\\u0000"', { result: 'é😀\0' }],
    [
      'console.log("a", 1, { b: [2] }); console.error(new TypeError("c")); console.log()',
      { output: 'a 1 {"b":[2]}\nTypeError: c\n' },
    ],
    ['const a = {}; a.a = a; a', { result: '[object Object] that is no JSON: circular reference' }],
    ['await 1;', { note: 'Code with await gives a result by return or export default.' }],
  ])('runs %s', async (code, outcome) => {
    expect(await run(code)).toEqual(outcome);
  });

  it('gives the code its input', async () => {
    expect(await run('input.map(({ n }) => n * 2)', [{ n: 1 }, { n: 2 }])).toEqual({ result: [2, 4] });
    expect(await run('input')).toEqual({ result: null });
    expect(await run('Object.keys(input)', JSON.parse('{"__proto__": {"x": 1}}'))).toEqual({
      result: ['__proto__'],
    });
  });

  it.each<[string, string, number]>([
    ['\n\nfoo.bar', 'ReferenceError: foo is not defined', 3],
    ['let a = 1;\nlet b = ;', 'SyntaxError: ', 2],
    ['const f = () => {\n  throw new TypeError("no");\n};\nf();', 'TypeError: no', 2],
    ['await 1;\nnull.x', 'TypeError: ', 2],
  ])('says what was thrown by %j and where', async (code, error, line) => {
    const outcome = await run(code);
    expect(outcome.error).toContain(error);
    expect(outcome.line).toBe(line);
  });

  it('keeps what was written before something was thrown', async () => {
    expect(await run('console.log("before"); throw { code: 4 }')).toEqual({
      output: 'before',
      error: 'Thrown: {"code":4}',
    });
  });

  it.each([
    'fetch',
    'require',
    'process',
    'setTimeout',
    'setInterval',
    'XMLHttpRequest',
    'WebSocket',
    'WebAssembly',
    'std',
    'os',
    'Worker',
    'emit',
    'module',
    'Buffer',
    'Deno',
    'scriptArgs',
  ])('has no %s', async (name) => {
    expect(await run(`typeof ${name} + typeof globalThis[${JSON.stringify(name)}]`)).toEqual({
      result: 'undefinedundefined',
    });
  });

  it.each([
    ['import("node:fs").then((fs) => Object.keys(fs))'],
    ['import("/etc/passwd")'],
    ['import("./prelude.js")'],
    ['import x from "fs";\nexport default x'],
  ])('imports nothing: %s', async (code) => {
    expect((await run(code)).error).toContain('There are no modules in here.');
  });

  it.each([
    ['(() => {}).constructor("return typeof process + typeof require")()'],
    ['console.log.constructor("return typeof process + typeof require")()'],
    [
      'Reflect.construct(Object.getPrototypeOf(async () => {}).constructor, ["return typeof process + typeof require"])()',
    ],
    ['try { null.x } catch (e) { e.constructor.constructor("return typeof process + typeof require")() }'],
  ])('stays inside by way of constructors: %s', async (code) => {
    expect(await run(code)).toEqual({ result: 'undefinedundefined' });
  });

  it('keeps nothing for the next call, and harms nothing outside', async () => {
    await run(
      'globalThis.kept = 1; Object.prototype.polluted = 1; JSON.stringify = () => "{}"; Array.prototype.map = null',
    );
    expect(await run('typeof kept + typeof ({}).polluted')).toEqual({ result: 'undefinedundefined' });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    const outcome = await run('JSON.parse(\'{"__proto__": {"polluted": 1}}\')');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.keys(outcome.result as object)).toEqual(['__proto__']);
  });

  it.each([
    ['a getter that throws', 'throw { get message() { throw 1 }, toJSON() { throw 2 } }'],
    [
      'an error with hostile parts',
      'const e = new Error("x"); Object.defineProperty(e, "stack", { get() { throw 3 } }); Object.defineProperty(e, "name", { get() { for (;;); } }); throw e',
    ],
    ['a result with hostile parts', '({ toJSON() { throw new Error("no json") } })'],
    ['a result that is a proxy', 'new Proxy({}, { ownKeys() { throw new Error("no keys") } })'],
    [
      'a broken console',
      'Array.prototype[Symbol.iterator] = null; String.prototype.slice = null; console.log("x"); throw new Error("y")',
    ],
    ['a thenable that throws', '({ then() { throw new Error("then") } })'],
    ['code that closes the function', '}) ; ({'],
    ['null bytes', 'throw "\\0\\0"'],
  ])('has an outcome whatever is thrown: %s', async (_, code) => {
    const outcome = await run(code, undefined, quick);
    expect(Object.keys(outcome).length).toBeGreaterThan(0);
    expect(JSON.stringify(outcome).length).toBeLessThan(25_000);
  });

  describe('ends at its time', () => {
    it.each([
      ['an endless loop', 'for (;;);'],
      ['an endless loop that catches', 'for (;;) { try { for (;;); } catch {} finally { continue; } }'],
      ['an endless chain of promises', 'const f = () => Promise.resolve().then(f); f()'],
      ['an endless chain nobody waits for', '(async () => { for (;;) await 0; })(); 1'],
      ['an endless async loop', 'for (;;) await null;'],
      ['a regular expression', '/^(a+)+$/.test("a".repeat(50) + "b")'],
      ['another regular expression', '/(?:(?:a*)*)*b/.test("a".repeat(100000))'],
      ['a getter of the result', '({ get a() { for (;;); } })'],
      ['a toJSON of what it writes', 'console.log({ toJSON() { for (;;); } })'],
      ['a large native sort', 'for (;;) new Uint8Array(5e6).fill(1).sort()'],
      ['a large power', 'for (;;) 3n ** 600000n'],
      ['a generator spread', 'Math.max(...(function* () { for (;;) yield 1; })())'],
      ['a proxy', 'const p = new Proxy({}, { get() { for (;;); } }); p.x'],
      ['a very long output', 'for (;;) console.log("x".repeat(1000))'],
    ])('%s', async (_, code) => {
      const { error } = await run(code, undefined, quick);
      expect(error).toMatch(/^(Time over: the code took longer than 0.25 seconds|Out of memory)/);
    });
  });

  describe('ends at its memory', () => {
    it.each([
      ['arrays', 'const a = []; for (;;) a.push(new Array(1e5).fill(1))'],
      ['strings', 'const a = []; for (let i = 0; ; i++) a.push(String(i).repeat(1e5))'],
      ['one string', 'let s = "x"; for (;;) s += s'],
      ['a repeated string', '"x".repeat(2 ** 29)'],
      ['buffers', 'const a = []; for (;;) a.push(new ArrayBuffer(1e7))'],
      ['a big number', 'let x = 3n; for (;;) x *= x'],
      ['objects', 'let o = {}; for (let i = 0; ; i++) o = { o, i }'],
      [
        'closures caught',
        'const a = []; for (;;) { try { a.push(new Array(1e6).fill(0)); } catch { a.length = 0; throw new Error("again") } }',
      ],
    ])('%s', async (_, code) => {
      const outcome = await run(code);
      expect(outcome.error ?? JSON.stringify(outcome)).toMatch(
        /Out of memory: the code may use 64 MiB|string too long|too large|invalid|again|Time over/i,
      );
    });

    it('or at its time, in a joined array', async () => {
      const { error } = await run('new Array(2 ** 31).join("ab")', undefined, brief);
      expect(error).toMatch(/Out of memory|string too long|invalid|Time over/i);
    });

    it('keeps the process small meanwhile', async () => {
      const before = process.memoryUsage().rss;
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage().rss);
      }, 5);
      await run('const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1))');
      clearInterval(watch);
      expect(most - before).toBeLessThan(256 * 1024 * 1024);
    });
  });

  describe('survives what is too deep', () => {
    it.each([
      ['a function that calls itself', 'function f() { return f() + 1 } f()'],
      ['nested JSON', 'JSON.parse("[".repeat(1e6))'],
      ['a nested value', 'let a = []; for (let i = 0; i < 1e6; i++) a = [a]; a'],
      ['nested code', 'eval("(".repeat(1e5))'],
      ['nested code itself', '('.repeat(90_000)],
      ['a nested expression', 'new RegExp("(".repeat(1e5))'],
      ['nested proxies', 'let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x; for(;;) p.y'],
      ['a flattened array', 'let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.toString().length'],
    ])('%s', async (_, code) => {
      const outcome = await run(code, undefined, quick);
      expect(Object.keys(outcome).length).toBeGreaterThan(0);
      expect(await run('1')).toEqual({ result: 1 });
    });
  });

  it('cuts what is too long, and says so', async () => {
    const output = await run('for (let i = 0; i < 100; i++) console.log("x".repeat(1000)); 7');
    expect(output.output!.length).toBeLessThanOrEqual(20_000);
    expect(output).toMatchObject({
      result: 7,
      truncated: 'Only the first 20000 characters of the output are here.',
    });
    const result = await run('"x".repeat(30000)');
    expect(result.result).toHaveLength(20_000);
    expect(result.truncated).toBe(
      'The result has 30002 characters as JSON; this is the beginning of that text.',
    );
    expect((await run('console.log("x".repeat(1e6))')).output).toHaveLength(20_000);
  });

  it('calls nothing cut that just fits', async () => {
    const small = runCodeTool({ maxCharacters: 5 });
    expect(await run('console.log("ab"); console.log("cd"); 12345', undefined, small)).toEqual({
      output: 'ab\ncd',
      result: 12345,
    });
    expect(await run('console.log("ab"); console.log("cde")', undefined, small)).toMatchObject({
      output: 'ab\ncd',
      truncated: expect.stringContaining('5'),
    });
  });

  it('says that a promise is never settled', async () => {
    expect((await run('new Promise(() => {})')).error).toContain('never settled');
  });

  it('leaves the process its time while code runs for ever', async () => {
    let turns = 0;
    const beat = setInterval(() => turns++, 10);
    await run('for (;;);', undefined, brief);
    clearInterval(beat);
    expect(turns).toBeGreaterThan(5);
  });

  it('ends when it is aborted, also while it waits for a place', async () => {
    const one = runCodeTool({ concurrency: 1, timeoutMs: 20_000 });
    const first = new AbortController();
    const second = new AbortController();
    const running = run('for (;;);', undefined, one, first.signal);
    const waiting = run('1', undefined, one, second.signal);
    second.abort(new Error('not wanted'));
    await expect(waiting).rejects.toThrow('not wanted');
    const third = run('3', undefined, one);
    first.abort(new Error('ended'));
    await expect(running).rejects.toThrow('ended');
    expect(await third).toEqual({ result: 3 });
    await expect(run('1', undefined, one, AbortSignal.abort(new Error('early')))).rejects.toThrow('early');
  });

  it('runs many at once, each by itself', async () => {
    const patient = runCodeTool({ timeoutMs: 1500 });
    const codes = Array.from({ length: 24 }, (_, i) =>
      i % 6 === 5 ? 'for (;;);' : `globalThis.x = (globalThis.x ?? 0) + ${i}; x`,
    );
    const outcomes = await Promise.all(codes.map((code) => run(code, undefined, patient)));
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 6 === 5) expect(outcome.error).toContain('Time over');
      else expect(outcome).toEqual({ result: i });
    }
  });

  it.each<[RunCodeOptions, string]>([
    [{ timeoutMs: 0 }, 'timeoutMs is 0'],
    [{ memoryBytes: 1000 }, 'memoryBytes is 1000'],
    [{ maxCharacters: Number.NaN }, 'maxCharacters is NaN'],
    [{ concurrency: 0.5 }, 'concurrency is 0.5'],
  ])('refuses the options %j', (options, message) => {
    expect(() => runCodeTool(options)).toThrow(PerigeeError);
    expect(() => runCodeTool(options)).toThrow(message);
  });

  it('is read-only, and says its limits to the model', () => {
    expect(tool.readOnly).toBe(true);
    expect(tool.description).toContain('Limits: 5 seconds, 64 MiB.');
  });
});
