import { type Command, InvalidArgumentError, Option } from 'commander';
import { withPlaceFlags } from './place-flags.ts';

const FORMATS = ['auto', 'kimi', 'hermes', 'xml-invoke', 'pythonic', 'json'];

/** Adds the options that say what the agent is. */
export function withAgentFlags(command: Command): Command {
  return command
    .option('--model <name>', 'the model (default kimi-k2.6; "practice" for the embedded one)')
    .option('--base-url <url>', 'an OpenAI-compatible server, mostly ending in /v1 (default: Moonshot)')
    .option('--api-key-env <name>', 'the environment variable that holds the key')
    .addOption(
      new Option('--format <name>', 'how raw text is read where the server does not parse it').choices(
        FORMATS,
      ),
    )
    .option('--completions', 'render the prompt here and use /v1/completions')
    .option(
      '--tools <list>',
      'calculator, files (reads this folder), edit (writes in it), http, code, shell, weather, incident, web_search (of Moonshot), and modules such as ./my-tools.mjs; none (default: calculator,files; with the practice model weather and incident too)',
    )
    .option(
      '--mcp <server>',
      'the tools of an MCP server: a command line, as "npx -y …", or a URL; may be given again',
      (server: string, before: readonly string[] = []) => [...before, server],
    )
    .option('--system <text>', 'instructions for the model')
    .addOption(
      new Option(
        '--approval <which>',
        'calls that wait for your yes: auto (those whose tool asks), writes (all that may change something), always',
      ).choices(['auto', 'writes', 'always']),
    )
    .option('--max-steps <n>', 'turns with tools at most (default 50)', wholeNumber)
    .option('--max-tokens <n>', 'tokens of one answer at most, reasoning included', wholeNumber)
    .option('--max-total-tokens <n>', 'tokens of the whole run at most, input and output', wholeNumber)
    .option('--max-cost <dollars>', 'US dollars of the whole run at most', dollars)
    .option('--max-time <time>', 'working time at most, as in 90s, 15m, 2h', milliseconds)
    .option('--max-calls <n>', 'executions of each tool at most', wholeNumber)
    .addOption(
      new Option('--thinking <mode>', 'keep: think, and keep earlier reasoning').choices([
        'on',
        'off',
        'keep',
      ]),
    );
}

/** Adds the options that say where it is written down. */
export function withSessionFlags(command: Command): Command {
  return withPlaceFlags(
    command.option('--session <name>', 'keep the conversation under this name, and go on with it'),
  );
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

function dollars(text: string): number {
  const value = Number(text.replace(/^\$/, ''));
  if (text.trim() === '' || !(value > 0)) {
    throw new InvalidArgumentError('It must be a number of US dollars above 0, as in 2.50.');
  }
  return value;
}

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  const value = Number(number) * UNITS[unit]!;
  if (number === '' || !(value >= 1)) {
    throw new InvalidArgumentError('It must be a time, as in 90s, 15m or 2h.');
  }
  return value;
}
