import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { readPrompt } from '../run/prompt.ts';
import { runAgent } from '../run/run-agent.ts';
import { type DetachOptions, detachRun } from '../runs/detach-run.ts';
import { withAgentFlags, withSessionFlags } from './agent-flags.ts';

/** `perigee run`: an agent on a prompt, at once. */
export function runCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('run')
    .description('Run an agent on a prompt. Without a key it runs on the embedded practice model.')
    .argument('[prompt...]', 'what to do; - reads it from standard input');
  return withSessionFlags(withAgentFlags(command))
    .option('--resume', 'go on with the last run of the session; a prompt is told to it')
    .option('--tool-choice <choice>', 'auto, none, required, or the name of a tool')
    .option('--record <file>', 'write the model streams to a file')
    .option('--replay <file>', 'answer from such a file instead of a model')
    .option('--json', 'print one event a line on standard output, everything else on standard error')
    .option('-q, --quiet', 'print the answer only')
    .option('--detach', 'queue it in the database for a worker, print its id and end')
    .option('--user <name>', 'with --detach: for whom it is, which workers may limit')
    .addHelpText('after', NOTES)
    .action(async (words: string[], options: DetachOptions & { detach?: boolean }) => {
      const resumes = options.resume === true && words.length === 0;
      if (resumes && options.session === undefined) {
        throw new UsageError('--resume needs a session: perigee run --session NAME --resume.');
      }
      if (options.user !== undefined && !options.detach) throw new UsageError('--user goes with --detach.');
      const prompt = resumes ? undefined : await readPrompt(words);
      finish(await (options.detach ? detachRun(prompt, options) : runAgent(prompt, options)));
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
  perigee run --session tidy --approval writes --max-cost 2 "…"
  perigee run --session tidy --resume
  perigee run --detach --database-url postgres://db.example/perigee "…"

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 ended without an answer, 130 interrupted`;
