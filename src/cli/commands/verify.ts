import { Command, InvalidArgumentError } from 'commander';
import { nearest, parseJsonObject } from '../../core/index.ts';
import { CATEGORIES, type Category } from '../../verify/index.ts';
import { UsageError } from '../failure.ts';
import type { VerifyFlags, VerifyOutput } from '../verify/flags.ts';
import { listCases } from '../verify/list-cases.ts';
import { casesOf, measureHost } from '../verify/measure-host.ts';
import { scoreFiles, sendSamples } from '../verify/vendor-files.ts';

/** `perigee verify`: what a host's tool calling is worth. */
export function verifyCommand(finish: (exitCode: number) => void): Command {
  return new Command('verify')
    .description('Measure the tool calling of any host: ask it a suite of questions and judge every answer.')
    .option('--base-url <url>', 'the host, mostly ending in /v1 (default: Moonshot)')
    .option('--model <name>', 'the model (default: Kimi K2.6, or the only one that the host lists)')
    .option('--api-key-env <name>', 'the environment variable that holds the key')
    .option(
      '--host <profile>',
      'how the host is asked, where its address does not tell: moonshot, vllm, sglang, …',
    )
    .option('--through-gateway', 'ask everything twice, bare and through Perigee, and show the difference')
    .option('--reference <url>', 'a host that is asked the same; when it calls, a call is right')
    .option('--reference-model <name>', 'the name of the model there')
    .option('--reference-api-key-env <name>', 'the variable that holds its key')
    .option('--only <categories>', `a part of the suite: ${CATEGORIES.join(', ')}`, categories)
    .option('--list', 'show the questions and ask nothing')
    .option('--concurrency <n>', 'questions that are open at the same time (default 4)', wholeNumber)
    .option('--repeat <n>', 'ask each question so many times (default 1)', wholeNumber)
    .option('--max-tokens <n>', 'tokens of one answer, reasoning included (default 16000)', wholeNumber)
    .option('--timeout <seconds>', 'for one answer (default 600)', wholeNumber)
    .option('--extra-body <json>', 'further fields of each request', jsonObject)
    .option('--results-file <file>', 'where each answer is kept; if it is there, the run goes on with it')
    .option('--html <file>', 'write the report as one page that can be sent to a colleague')
    .option('--json', 'print the report as JSON')
    .option('--min-schema-accuracy <percent>', 'exit code 1 below it', percent)
    .option('--min-f1 <percent>', 'exit code 1 below it', percent)
    .option('--samples <file>', "send the requests of Moonshot's vendor verifier (samples.jsonl) instead")
    .option('--results <file>', 'score recorded results of it (results.jsonl), without a network')
    .option('--reference-results <file>', 'the results of the official API, for tool_call_f1')
    .addHelpText('after', NOTES)
    .action(async (flags: VerifyFlags) => {
      checkFlags(flags);
      const output = outputOf();
      if (flags.list) {
        const cases = casesOf(flags);
        output.out(flags.json ? `${JSON.stringify(cases, null, 2)}\n` : listCases(cases));
        return;
      }
      if (flags.results !== undefined) finish(scoreFiles(flags, output));
      else if (flags.samples !== undefined) finish(await sendSamples(flags, process.env, output));
      else finish(await measureHost(flags, process.env, output));
    });
}

const NOTES = `
The host is measured as it is: answers are read off the wire, nothing is repaired. A 429 is waited for and counted.
Keys come from the variables of known hosts (MOONSHOT_API_KEY, OPENROUTER_API_KEY, …) and are only sent to their host.
Ctrl-C ends the run, shows the report so far and says how to go on.

Examples:
  MOONSHOT_API_KEY=… perigee verify --html report.html
  perigee verify --base-url http://gpu:8000/v1 --host vllm --model moonshotai/Kimi-K2.6 --through-gateway
  perigee verify --base-url https://host/v1 --model kimi-k2.6 --api-key-env KEY --min-schema-accuracy 98 --min-f1 90
  perigee verify --only tool-choice,history
  perigee verify --results results.jsonl --reference-results official.jsonl

Exit codes: 0 done, 1 failed or below a --min, 2 wrong usage, 130 interrupted`;

function outputOf(): VerifyOutput {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    live: stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    columns: stderr.columns ?? 80,
  };
}

function checkFlags(flags: VerifyFlags): void {
  const { samples, results, html, only, throughGateway, reference, referenceResults, repeat } = flags;
  const vendor = samples === undefined ? (results === undefined ? undefined : '--results') : '--samples';
  if (samples !== undefined && results !== undefined) {
    throw new UsageError('--samples and --results do not go together.');
  }
  if (referenceResults !== undefined && vendor === undefined) {
    throw new UsageError('--reference-results goes with --samples or --results.');
  }
  if (referenceResults !== undefined && reference !== undefined) {
    throw new UsageError('--reference and --reference-results do not go together.');
  }
  const ours = { '--html': html, '--only': only, '--through-gateway': throughGateway, '--repeat': repeat };
  for (const [flag, value] of Object.entries(ours)) {
    if (vendor !== undefined && value !== undefined) {
      throw new UsageError(`${flag} belongs to Perigee's own suite and does not go with ${vendor}.`);
    }
  }
  if (results !== undefined && reference !== undefined) {
    throw new UsageError('--results asks nobody: give --reference-results instead of --reference.');
  }
}

function categories(text: string, before: readonly Category[] = []): readonly Category[] {
  const found = text.split(',').map((part) => {
    const name = part.trim();
    const category = CATEGORIES.find((known) => known === name);
    if (category) return category;
    const meant = nearest(name, CATEGORIES);
    throw new InvalidArgumentError(
      meant === undefined ? `There are ${CATEGORIES.join(', ')}.` : `Did you mean ${meant}?`,
    );
  });
  return [...before, ...found];
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

function percent(text: string): number {
  const value = Number(text.replace(/\s*%$/, ''));
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError('It must be from 0 to 100.');
  return value;
}

function jsonObject(text: string): { readonly [field: string]: unknown } {
  const value = parseJsonObject(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError('It must be a JSON object.');
}
