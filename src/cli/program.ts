import { Command, CommanderError } from 'commander';
import { reportError, UsageError } from './failure.ts';
import { packageVersion } from './version.ts';

type MakeCommand = (finish: (exitCode: number) => void) => Command;

/** The commands, each loaded when it is used: none has to wait for what another needs. */
const COMMANDS: { readonly [name: string]: () => Promise<MakeCommand> } = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  run: async () => (await import('./commands/run.ts')).runCommand,
  attach: async () => (await import('./commands/attach.ts')).attachCommand,
  steer: async () => (await import('./commands/steer.ts')).steerCommand,
  pause: async () => (await import('./commands/command-run.ts')).pauseCommand,
  cancel: async () => (await import('./commands/command-run.ts')).cancelCommand,
  worker: async () => (await import('./commands/worker.ts')).workerCommand,
  chat: async () => (await import('./commands/chat.ts')).chatCommand,
  parse: async () => (await import('./commands/parse.ts')).parseCommand,
  render: async () => (await import('./commands/render.ts')).renderCommand,
  conform: async () => (await import('./commands/conform.ts')).conformCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  sessions: async () => (await import('./commands/sessions.ts')).sessionsCommand,
  approve: async () => (await import('./commands/approve.ts')).approveCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  connect: async () => (await import('./commands/connect.ts')).connectCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  'check-config': async () => (await import('./commands/check-config.ts')).checkConfigCommand,
};

/** The command that the arguments begin with; all of them for help, and to say what was meant. */
async function commandsFor([first = '']: readonly string[]): Promise<MakeCommand[]> {
  if (first === '-V' || first === '--version') return [];
  const one = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  return Promise.all(one ? [one()] : Object.values(COMMANDS).map((load) => load()));
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
      'Tool calling with Kimi models: serve them to any client, run an agent, read what a model wrote.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'show help for a command')
    .addHelpText('after', EXAMPLES);
  for (const make of await commandsFor(args)) program.addCommand(make(finish));
  for (const { command, path } of withSubcommands(program)) {
    command
      .helpOption('-h, --help', 'show help')
      .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'perigee:')) })
      .showHelpAfterError(`Try ${path} --help.`)
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

/** A command and all below it, each with what is typed to get there. */
function withSubcommands(command: Command, path = command.name()): { command: Command; path: string }[] {
  const below = command.commands.flatMap((each) => withSubcommands(each, `${path} ${each.name()}`));
  return [{ command, path }, ...below];
}

const EXAMPLES = `
Examples:
  perigee serve
  perigee run "How many files are in this folder, and what is that count times 9?"
  MOONSHOT_API_KEY=… perigee run --tools ./my-tools.mjs "…"
  perigee run --base-url http://127.0.0.1:8000/v1 --model kimi "…"
  perigee chat --session garden
  perigee parse --tools tools.json < answer.txt
  perigee render < request.json
  perigee conform --host moonshot < request.json
  perigee verify --base-url https://host/v1 --model kimi-k2.6 --html report.html
  perigee sessions list
  perigee worker --tools files,./my-tools.mjs
  perigee connect claude-code --write
  perigee doctor

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 ended without an answer, 130 interrupted`;
