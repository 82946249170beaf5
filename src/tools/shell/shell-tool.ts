import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ToolContext, tool } from '../../agent/index.ts';
import { PerigeeError } from '../../core/index.ts';
import { bubblewrapArguments, probeBubblewrap, type Sandbox, type Walls } from './bubblewrap.ts';
import { commandEnvironment } from './environment.ts';
import { runCommand } from './run-command.ts';

export interface ShellOptions {
  /** The folder in which commands start and, in the sandbox, the only one they may write to. Default the working directory. */
  readonly root?: string;
  /**
   * `auto` (the default): in bubblewrap where it is installed and works, else without. `require`: not at all without
   * it. `off`: never in it.
   */
  readonly sandbox?: 'auto' | 'require' | 'off';
  /** Whether commands in the sandbox may use the network. Default false. Without a sandbox nothing keeps them off it. */
  readonly network?: boolean;
  /** Further paths that commands in the sandbox may read, as `~/.nvm`, written out; the home folder is empty there. */
  readonly readable?: readonly string[];
  /** Variables for the commands. Of this process's environment they see `PATH`, `HOME`, the user and the language only. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds that a command may take unless the model asks for another time; default 120_000. */
  readonly timeoutMs?: number;
  /** The longest time that the model may ask for, in milliseconds; default 600_000. */
  readonly maxTimeoutMs?: number;
  /** Bytes of output that are kept, half of them from the beginning and half from the end; default 32_000. */
  readonly maxOutputBytes?: number;
}

/** What `shell` is given. */
export interface ShellInput {
  readonly command: string;
  readonly timeout_seconds?: number;
}

/** What `shell` gives back. */
export interface ShellResult {
  /** Null when a signal ended it. */
  readonly exit_code: number | null;
  readonly signal?: string;
  readonly timed_out_after_seconds?: number;
  /** Standard output and standard error, as in a terminal. */
  readonly output: string;
  /** `bubblewrap`, or `none` and why. */
  readonly sandbox: string;
}

const MAX_COMMAND = 100_000;

/**
 * A tool that runs a command line with bash, or sh where there is none. It asks for approval and is never repeated by
 * itself. Throws a `PerigeeError` with code `invalid-options` on Windows and for options that cannot be.
 */
export function shellTool(options: ShellOptions = {}) {
  const { sandbox = 'auto', timeoutMs = 120_000, maxOutputBytes = 32_000 } = options;
  const maxTimeoutMs = Math.max(options.maxTimeoutMs ?? 600_000, timeoutMs);
  check({ sandbox, timeoutMs, maxTimeoutMs, maxOutputBytes });
  const root = resolve(options.root ?? process.cwd());
  let place: Promise<Place> | undefined;
  const findPlace = () => {
    place ??= choosePlace(root, sandbox, options).catch((error: unknown) => {
      place = undefined;
      throw error;
    });
    return place;
  };
  return tool({
    description:
      'Runs a command line in a shell in the working folder and gives back its output and exit code. There is no ' +
      'terminal and no input; what it leaves in the background is ended with it. Long output loses its middle.',
    inputSchema: {
      type: 'object',
      properties: {
        command: { type: 'string', description: 'The command line.', minLength: 1, maxLength: MAX_COMMAND },
        timeout_seconds: {
          type: 'number',
          description: `Seconds after which it is ended; default ${timeoutMs / 1000}.`,
          exclusiveMinimum: 0,
          maximum: maxTimeoutMs / 1000,
        },
      },
      required: ['command'],
      additionalProperties: false,
    },
    needsApproval: true,
    replay: 'never',
    async preview({ command }: ShellInput) {
      const { root: folder, described } = await findPlace();
      return `${command}\n(in ${folder}; sandbox: ${described})`;
    },
    async execute({ command, timeout_seconds }: ShellInput, { signal }: ToolContext): Promise<ShellResult> {
      if (command.includes('\0')) throw new Error('A command line cannot contain a NUL character.');
      const found = await findPlace();
      const limitMs = timeout_seconds === undefined ? timeoutMs : timeout_seconds * 1000;
      const [program, ...args] = [...found.wrapping, ...shellFor(command)] as [string, ...string[]];
      const env = commandEnvironment(options.env ?? {});
      const how = { cwd: found.root, env, timeoutMs: limitMs, maxOutputBytes, signal };
      const ended = await runCommand(program, args, how).catch((error: unknown) => {
        throw explain(error);
      });
      return {
        exit_code: ended.exitCode,
        ...(ended.signal !== null && { signal: ended.signal }),
        ...(ended.timedOut && { timed_out_after_seconds: limitMs / 1000 }),
        output: ended.output,
        sandbox: found.described,
      };
    },
  });
}

/** Where and how commands run. */
interface Place {
  readonly root: string;
  /** What stands in front of the command. */
  readonly wrapping: readonly string[];
  readonly described: string;
}

async function choosePlace(
  folder: string,
  sandbox: 'auto' | 'require' | 'off',
  { network = false, readable = [] }: ShellOptions,
): Promise<Place> {
  const root = await realpath(folder).catch(() => {
    throw new Error('The folder that commands are to run in does not exist.');
  });
  const walls: Walls = { root, network, readable: readable.map((path) => resolve(path)) };
  const found = await look(sandbox, walls);
  if (found.usable) {
    const described = network ? 'bubblewrap, with network' : 'bubblewrap, no network';
    return { root, wrapping: ['bwrap', ...bubblewrapArguments(walls)], described };
  }
  if (sandbox === 'require') {
    throw new Error(`Not executed: commands may run in a sandbox only, and ${found.reason}.`);
  }
  return { root, wrapping: [], described: `none: ${found.reason}` };
}

async function look(sandbox: 'auto' | 'require' | 'off', walls: Walls): Promise<Sandbox> {
  if (sandbox === 'off') return { usable: false, reason: 'it is switched off' };
  // To make the whole disk writable would undo every wall.
  if (walls.root === '/') return { usable: false, reason: 'the folder is the whole disk' };
  return probeBubblewrap(walls);
}

/** One pipe for both outputs keeps them in order, so the shell that reads the command line is given one. */
function shellFor(command: string): string[] {
  const shell = existsSync('/bin/bash') || existsSync('/usr/bin/bash') ? 'bash' : 'sh';
  return ['sh', '-c', 'exec "$0" -c "$1" 2>&1', shell, command];
}

function explain(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'E2BIG')
    return new Error('The command line is too long. Write a script to a file and run that.');
  // Node says the program's name whichever of the two it is.
  if (code === 'ENOENT')
    return new Error('The command could not be started: the folder or the shell is gone.');
  return new Error(`The command could not be started: ${message}`);
}

function check(
  options: Pick<ShellOptions, 'sandbox' | 'timeoutMs' | 'maxTimeoutMs' | 'maxOutputBytes'>,
): void {
  if (process.platform === 'win32') {
    throw invalid('The shell tool does not run on Windows.', 'Use it in the Windows Subsystem for Linux.');
  }
  if (!['auto', 'require', 'off'].includes(options.sandbox!)) {
    throw invalid(`sandbox is ${JSON.stringify(options.sandbox)}.`, 'Give auto, require or off.');
  }
  for (const name of ['timeoutMs', 'maxTimeoutMs', 'maxOutputBytes'] as const) {
    const value = options[name]!;
    // A timer of Node cannot wait longer than this, about 24 days.
    if (Number.isFinite(value) && value > 0 && value < 2 ** 31) continue;
    throw invalid(`${name} of the shell tool is ${value}.`, 'Give a number above 0.');
  }
}

function invalid(message: string, remedy: string): PerigeeError {
  return new PerigeeError('invalid-options', message, { remedy });
}
