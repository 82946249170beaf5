import { type AgentOptions, agent, type RunResult } from '../../agent/index.ts';
import type { Format } from '../../formats/index.ts';
import { record } from '../../replay/index.ts';
import { type ChosenModel, chooseModel } from '../choose-model.ts';
import { loadTools } from '../load-tools.ts';
import { blameProxy } from '../proxy.ts';
import { redirectConsole } from './console-output.ts';
import { showAnswer, showJson, showWorklog } from './display.ts';
import { exitCodeOf } from './ending.ts';
import { onInterrupt } from './interrupt.ts';
import { startMcpServers } from './mcp-tools.ts';
import { readToolChoice } from './tool-choice.ts';

/** The options of `perigee run`, as they were given. */
export interface RunCommandOptions {
  readonly model?: string;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly format?: Format;
  readonly completions?: boolean;
  readonly tools?: string;
  readonly mcp?: readonly string[];
  readonly system?: string;
  readonly maxSteps?: number;
  readonly maxTokens?: number;
  readonly toolChoice?: string;
  readonly thinking?: 'on' | 'off' | 'keep';
  readonly record?: string;
  readonly replay?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Milliseconds between the practice model's pieces, so that a person can watch it write. */
const PRACTICE_PACE_MS = 12;

/** Runs an agent on a prompt and shows it. Returns the exit code. */
export async function runAgent(prompt: string, options: RunCommandOptions): Promise<number> {
  const display = options.json ? showJson() : options.quiet ? showAnswer() : showWorklog();
  const watched = !options.json && !options.quiet && process.stdout.isTTY;
  redirectConsole((text) => display.note(text));
  const chosen = await chooseModel({ ...options, ...(watched && { paceMs: PRACTICE_PACE_MS }) });
  const loaded = await loadTools(
    options.tools ?? (chosen.isPractice ? 'calculator,files,weather,incident' : 'calculator,files'),
    {},
    chosen.builtins,
  );
  const mcp = await startMcpServers(options.mcp ?? [], Object.keys(loaded), (text) => display.note(text));
  const tools = { ...loaded, ...mcp.tools };
  const toolChoice = readToolChoice(options.toolChoice, Object.keys(tools));
  display.introduce(chosen.introduction, chosen.isPractice);

  const control = new AbortController();
  const release = onInterrupt(() => {
    control.abort(new Error('interrupted'));
    display.note('Stopping; Ctrl-C again ends at once.');
  });
  const worker = agent({ ...settingsOf(options), model: recorded(chosen, options), tools });
  try {
    let result: RunResult | undefined;
    const running = worker.run(prompt, { signal: control.signal, ...(toolChoice && { toolChoice }) });
    for await (const event of running) {
      display.event(event);
      if (event.type === 'end') result = event.result;
    }
    display.end(result!);
    if (options.record !== undefined && !options.quiet) {
      display.note(`Recorded in ${options.record}; --replay ${options.record} plays it back.`);
    }
    return exitCodeOf(result!);
  } catch (error) {
    display.failed(error);
    throw blameProxy(error, chosen.proxy);
  } finally {
    await mcp.close();
    release();
  }
}

function settingsOf(options: RunCommandOptions): Omit<AgentOptions, 'model'> {
  const { system, maxSteps, maxTokens, thinking } = options;
  return {
    ...(system !== undefined && { instructions: system }),
    ...(maxSteps !== undefined && { limits: { steps: maxSteps } }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(thinking !== undefined && { thinking }),
  };
}

function recorded({ model }: ChosenModel, options: RunCommandOptions) {
  return options.record === undefined ? model : record(model, options.record);
}
