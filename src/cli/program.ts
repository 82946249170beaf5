import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { conformCommand } from './commands/conform.ts';
import { parseCommand } from './commands/parse.ts';
import { renderCommand } from './commands/render.ts';
import { runCommand } from './commands/run.ts';
import { reportError, UsageError } from './failure.ts';

/** The version of the package. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * The command. Returns the exit code: 0 done, 1 failed, 2 wrong usage, 3 the run ended without an answer,
 * 130 interrupted.
 */
export async function main(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = new Command('perigee')
    .description(
      'Tool calling with Kimi models: run an agent, read what a model wrote, render a prompt, fit a request.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXAMPLES);
  const commands = [runCommand, parseCommand, renderCommand, conformCommand];
  for (const command of commands) program.addCommand(command(finish));
  for (const command of [program, ...program.commands]) {
    command
      .helpOption('-h, --help', 'show help')
      .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'perigee:')) })
      .showHelpAfterError(`Try ${command === program ? '' : 'perigee '}${command.name()} --help.`)
      .exitOverride();
  }
  if (args.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    reportError(error);
    return error instanceof UsageError ? 2 : 1;
  }
  return exitCode;
}

const EXAMPLES = `
Examples:
  perigee run "How many files are in this folder, and what is that count times 9?"
  MOONSHOT_API_KEY=… perigee run --tools ./my-tools.mjs "…"
  perigee run --base-url http://127.0.0.1:8000/v1 --model kimi "…"
  perigee parse --tools tools.json < answer.txt
  perigee render < request.json
  perigee conform --host moonshot < request.json

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 ended without an answer, 130 interrupted`;
