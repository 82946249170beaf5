import {
  type AgentOptions,
  agent,
  type CallResult,
  type RunResult,
  type Tools,
  tool,
} from '../../src/agent/index.ts';
import { type ModelRequest, PerigeeError, type StreamEvent } from '../../src/core/index.ts';
import { calls, FakeClock, finish, says, scriptedModel, settle } from './fixtures.ts';
import { inOtherProcess, overOrDead, sessionOn, type Tape } from './recorded-session.ts';

/** A call of a script. Its key tells it from every other of the script. */
export interface ScriptCall {
  readonly tool: 'write' | 'look' | 'ask' | 'nothing';
  readonly key: string;
  readonly fails?: boolean;
  readonly resource?: string;
}

/** A turn of a script. A turn without calls is an answer. */
export interface ScriptTurn {
  readonly calls: readonly ScriptCall[];
  /** The first attempt at it breaks off: with an error of the host, or in the middle. */
  readonly breaksOff?: 'error' | 'cut-off';
  /** The output ends in the middle of one more call. */
  readonly isCut?: boolean;
  readonly isUnresolved?: boolean;
}

/** What happens to a session: prompts, what the model writes, who says no. */
export interface Script {
  readonly prompts: readonly string[];
  readonly turns: readonly ScriptTurn[];
  readonly options?: Partial<AgentOptions>;
}

export const PRICES = { input: 2, cachedInput: 0.5, output: 8 };

/** How often each call took effect, by its key. */
export type Effects = Map<string, number>;

/** The model of a script: what it writes follows from the history alone, so that it is the same when it is asked again. */
export function scriptOf({ turns }: Script) {
  const attempts = new Map<number, number>();
  return scriptedModel(
    [
      (request: ModelRequest) => {
        const turn = request.messages.filter(({ role }) => role === 'assistant').length;
        attempts.set(turn, (attempts.get(turn) ?? 0) + 1);
        return eventsOf(turns[turn] ?? { calls: [] }, turn, attempts.get(turn)!, request);
      },
    ],
    PRICES,
  );
}

async function* eventsOf(
  { calls: wanted, breaksOff, isCut, isUnresolved }: ScriptTurn,
  turn: number,
  attempt: number,
  { toolChoice }: ModelRequest,
): AsyncGenerator<readonly StreamEvent[]> {
  const usage = { inputTokens: 50 + turn, cachedInputTokens: turn, outputTokens: 5 + turn };
  yield [says(`Turn ${turn}. `)];
  if (toolChoice === 'none') {
    yield [finish('stop', { usage })];
    return;
  }
  for (const [index, { tool: name, key, resource }] of wanted.entries()) {
    yield calls(index, name, { key, ...(resource !== undefined && { resource }) }, `call_${turn}_${index}`);
    await null;
    if (attempt > 1 || index + 1 < wanted.length) continue;
    if (breaksOff === 'cut-off') {
      throw new PerigeeError('connection-lost', 'The host hung up.', { retryable: true });
    }
    if (breaksOff === 'error') {
      yield [finish('error', { usage })];
      return;
    }
  }
  if (isUnresolved) yield [{ type: 'tool-call-invalid', reason: 'unresolved', rawId: '?', arguments: '{}' }];
  if (isCut) {
    const index = wanted.length;
    yield [{ type: 'tool-call-start', index, id: `call_${turn}_${index}`, name: 'write' }];
    yield [{ type: 'tool-call-delta', index, delta: '{"key":"c' }];
    const invalid = { index, rawId: `call_${turn}_${index}`, name: 'write', arguments: '{"key":"c' };
    yield [{ type: 'tool-call-invalid', reason: 'cut', ...invalid }];
  }
  yield [finish(isCut ? 'length' : wanted.length > 0 ? 'tool-calls' : 'stop', { usage })];
}

const INPUT = {
  type: 'object',
  properties: { key: { type: 'string' }, resource: { type: 'string' } },
  required: ['key'],
} as const;

/** The tools of a script: `write` must not run twice, `look` may, `ask` needs a yes and must not run twice. */
export function toolsOf({ turns }: Script, effects: Effects): Tools {
  const scripted = new Map(turns.flatMap((turn) => turn.calls).map((call) => [call.key, call]));
  const execute = async ({ key }: { key: string }) => {
    effects.set(key, (effects.get(key) ?? 0) + 1);
    await null;
    if (scripted.get(key)?.fails) throw new Error(`${key} went wrong.`);
    return `did ${key}`;
  };
  const accesses = ({ resource }: { resource?: string }) =>
    resource === undefined ? [] : [{ resource, mode: 'write' as const }];
  return {
    write: tool({ description: '', inputSchema: INPUT, execute, accesses }),
    look: tool({ description: '', inputSchema: INPUT, execute, replay: 'safe', accesses }),
    ask: tool({
      description: '',
      inputSchema: INPUT,
      execute,
      needsApproval: true,
      preview: ({ key }) => `about ${key}`,
      accesses,
    }),
  };
}

/**
 * Does with a session what is left to do: goes on with what is open, then says the prompts that were not said. Returns
 * the result of each run, or undefined when the process died.
 */
export async function drive(
  script: Script,
  tape: Tape,
  effects: Effects,
  diesAfter?: number,
): Promise<readonly RunResult[] | undefined> {
  const session = sessionOn(tape, diesAfter === undefined ? {} : { diesAfter });
  const subject = agent({
    model: scriptOf(script),
    tools: toolsOf(script, effects),
    onApproval: ({ arguments: written }) =>
      written.includes('no') ? { approved: false, note: 'Not now.' } : true,
    clock: new FakeClock(true),
    ...script.options,
  });
  const results: RunResult[] = [];
  for (;;) {
    const begun = tape.records.filter(({ name }) => name.endsWith('/prompt')).length;
    const ended = tape.records.filter(({ name }) => /^run-\d+\/end$/.test(name)).length;
    const prompt = script.prompts[begun];
    if (begun === ended && prompt === undefined) return results;
    const run = begun > ended ? subject.resume({ session }) : subject.run(prompt!, { session });
    const came = await overOrDead(run, session);
    if (!came) return undefined;
    results.push(came.result);
  }
}

/** Lets a session be killed after each of these numbers of further records, and go on until it is done. */
export async function driveWithDeaths(
  script: Script,
  tape: Tape,
  deaths: readonly number[],
): Promise<{ readonly results: readonly RunResult[]; readonly effects: Effects; readonly tape: Tape }> {
  const effects: Effects = new Map();
  let at = tape;
  for (const further of deaths) {
    await drive(script, at, effects, at.records.length + further);
    at = inOtherProcess(at);
    await settle();
  }
  const results = (await drive(script, at, effects))!;
  return { results, effects, tape: at };
}

/** The ids of the calls of which nobody knows whether they took effect, and their keys. */
export function lostCalls({ records }: Tape): ReadonlyMap<string, string> {
  const values = records.map(({ value }) => value as Partial<CallResult> | null);
  const lost = values.filter((value) => value?.unverified);
  return new Map(lost.map((value) => [value!.id!, keyOf(value!.arguments!)]));
}

export function keyOf(written: string): string {
  return (JSON.parse(written) as { key: string }).key;
}

/** What must be the same however often a run was killed: all but times, and what came of calls that are lost. */
export function comparable(result: RunResult, lost: ReadonlyMap<string, string>) {
  const { steps, messages, usage, cost, finishReason, explanation } = result;
  return {
    finishReason,
    explanation,
    usage,
    cost: cost?.toFixed(12),
    messages: messages.map((message) =>
      message.role === 'tool' && lost.has(message.toolCallId) ? { ...message, content: '(lost)' } : message,
    ),
    steps: steps.map(({ durationMs: _, results, cost: spent, ...step }) => ({
      ...step,
      cost: spent?.toFixed(12),
      results: results.map(({ ms: _ms, unverified: _unverified, ...one }) =>
        lost.has(one.id) ? { ...one, output: '(lost)', isError: true } : one,
      ),
    })),
  };
}
