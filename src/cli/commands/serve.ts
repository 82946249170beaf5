import { Command, InvalidArgumentError, Option } from 'commander';
import { FORMATS, UPSTREAM_PROTOCOLS } from '../config/upstream-settings.ts';
import { outliveOutput } from '../output.ts';
import type { ServeFlags } from '../serve/flags.ts';
import { listedModels } from '../serve/list-models.ts';
import { loadParts } from '../serve/load-parts.ts';
import { serve } from '../serve/serve.ts';
import { tuneEngine } from '../serve/tune-engine.ts';

/** `perigee serve`: the gateway, at once. */
export function serveCommand(finish: (exitCode: number) => void): Command {
  return new Command('serve')
    .description(
      'Serve Kimi to OpenAI Chat, OpenAI Responses and Anthropic clients, from any host or engine.',
    )
    .option('--config <file>', 'what to serve (default: perigee.yaml, if this folder has one)')
    .option(
      '--host <profile>',
      'the host or engine behind: moonshot, openrouter, fireworks, together, runware, vllm, sglang, trtllm, … (not the address to listen at, which is --listen)',
    )
    .option('--upstream <url>', 'its address, mostly ending in /v1, where it is not the usual one')
    .addOption(
      new Option('--upstream-protocol <name>', 'how it is asked (default openai-chat)').choices([
        ...UPSTREAM_PROTOCOLS,
      ]),
    )
    .addOption(
      new Option('--format <name>', 'how raw text is read where the server does not parse it').choices([
        ...FORMATS,
      ]),
    )
    .option(
      '--model <name[=id]>',
      'a model to serve, and its id on the host; may be given again (default: all that it has)',
      (value: string, all: readonly string[] = []) => [...all, value],
    )
    .option('--api-key-env <name>', "the environment variable that holds the host's key")
    .option('--port <n>', 'the port to listen at (default 8787; 0: any free one)', portNumber)
    .option('--listen <address>', 'the address to listen at (default 127.0.0.1, this machine only)')
    .option(
      '--drain-delay <seconds>',
      'how long new connections are still taken after SIGTERM, for a load balancer to turn away (default 0)',
      seconds,
    )
    .option('--key <key>', 'the key that clients must send; PERIGEE_KEY is safer, nobody sees it in ps')
    .option(
      '--database-url <url>',
      'the Postgres database that replicas share (default: PERIGEE_DATABASE_URL, which nobody sees in ps)',
    )
    .option(
      '--data-dir <folder>',
      'without a database: keep keys, budgets and usage in this folder (default: PERIGEE_DATA_DIR, else the state folder, where they are needed)',
    )
    .addOption(
      new Option('--log <style>', 'one line for each request (default pretty)').choices([
        'pretty',
        'json',
        'none',
      ]),
    )
    .addHelpText('after', NOTES)
    .action(async (flags: ServeFlags) => {
      const { env } = process;
      outliveOutput();
      tuneEngine();
      finish(
        await serve(flags, {
          environment: env,
          out: (text) => void process.stdout.write(text),
          err: (text) => void process.stderr.write(text),
          listModels: (way) => listedModels(way, env),
          loadParts,
        }),
      );
    });
}

const NOTES = `
Who answers: --host or --upstream, else perigee.yaml of this folder, else Moonshot if MOONSHOT_API_KEY is set, else
the practice model. A single model answers to every name, since clients ask for names of their own. Known hosts have
variables of their own for their keys (OPENROUTER_API_KEY, …); a key is only sent to its host.

Examples:
  MOONSHOT_API_KEY=… perigee serve
  perigee serve --host vllm --upstream http://gpu:8000/v1 --model kimi=moonshotai/Kimi-K2.6
  perigee serve --upstream http://gpu:8000/v1 --upstream-protocol completions --format kimi --model kimi-k2.6
  PERIGEE_KEY=… perigee serve --listen 0.0.0.0 --log json

SIGTERM or Ctrl-C: no new requests, ends when the open ones are answered; once more: ends at once.
Behind a load balancer give it time to notice with --drain-delay: longer than it keeps idle connections.
SIGHUP: reads the file again, which also happens when it changes.`;

/** The most that a configuration file takes too. */
const LONGEST_DELAY = 3600;

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > LONGEST_DELAY) {
    throw new InvalidArgumentError(`It must be a number of seconds from 0 to ${LONGEST_DELAY}.`);
  }
  return value;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return value;
}
