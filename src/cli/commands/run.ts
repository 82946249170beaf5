import { Command, InvalidArgumentError, Option } from 'commander';
import { readPrompt } from '../run/prompt.ts';
import { type RunCommandOptions, runAgent } from '../run/run-agent.ts';

const FORMATS = ['auto', 'kimi', 'hermes', 'xml-invoke', 'pythonic', 'json'];

/** `perigee run`: an agent on a prompt, at once. */
export function runCommand(finish: (exitCode: number) => void): Command {
  return new Command('run')
    .description('Run an agent on a prompt. Without a key it runs on the embedded practice model.')
    .argument('[prompt...]', 'what to do; - reads it from standard input')
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
      'calculator, files (reads this folder), shell, weather, incident, web_search (of Moonshot), and modules such as ./my-tools.mjs; none (default: calculator,files; with the practice model weather and incident too)',
    )
    .option(
      '--mcp <server>',
      'the tools of an MCP server: a command line, as "npx -y …", or a URL; may be given again',
      (server: string, before: readonly string[] = []) => [...before, server],
    )
    .option('--system <text>', 'instructions for the model')
    .option('--max-steps <n>', 'turns of the model at most (default 50)', wholeNumber)
    .option('--max-tokens <n>', 'tokens of one answer at most, reasoning included', wholeNumber)
    .option('--tool-choice <choice>', 'auto, none, required, or the name of a tool')
    .addOption(
      new Option('--thinking <mode>', 'keep: think, and keep earlier reasoning').choices([
        'on',
        'off',
        'keep',
      ]),
    )
    .option('--record <file>', 'write the model streams to a file')
    .option('--replay <file>', 'answer from such a file instead of a model')
    .option('--json', 'print one event a line on standard output, everything else on standard error')
    .option('-q, --quiet', 'print the answer only')
    .addHelpText('after', NOTES)
    .action(async (words: string[], options: RunCommandOptions) => {
      finish(await runAgent(await readPrompt(words), options));
    });
}

const NOTES = `
Where the answers come from: --replay, else --base-url, else Moonshot if MOONSHOT_API_KEY is set, else the
practice model. Known hosts have variables of their own for their keys (OPENROUTER_API_KEY, …); a key is only
sent to its host. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured.

Examples:
  perigee run "What is 12.5 * (3 + 4)?"
  perigee run --base-url http://127.0.0.1:8000/v1 --format kimi --tools ./my-tools.mjs "…"
  perigee run --mcp "npx -y @modelcontextprotocol/server-filesystem ." "…"
  perigee run --json "…" | jq -r 'select(.type == "tool-result").output'
  perigee run -- "-5 + 3 = ?"        a prompt that begins with a dash

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 ended without an answer, 130 interrupted`;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}
