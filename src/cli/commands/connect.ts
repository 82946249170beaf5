import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { connect } from '../connect/connect.ts';
import type { ConnectOptions } from '../connect/options.ts';

/** `perigee connect`: a client set up for the gateway or a host. */
export function connectCommand(finish: (exitCode: number) => void): Command {
  return new Command('connect')
    .description('Set a client up (Cline, Claude Code, Codex, n8n, …): show it, write it, undo it, try it.')
    .argument('[client]', 'the client; --list shows all')
    .option('--list', 'show every client, where its file lies, and the version that was read')
    .option('--gateway <url>', 'the gateway (default http://127.0.0.1:8787)')
    .option('--host <name>', 'straight at a known host instead: moonshot, openrouter, fireworks, together, …')
    .option('--base-url <url>', 'straight at any OpenAI-compatible server, mostly ending in /v1')
    .option('--model <name>', 'the model (default: kimi-k2.6, or what the gateway has)')
    .option('--api-key-env <name>', 'the environment variable that holds the key (default PERIGEE_KEY)')
    .option('--key <key>', 'the key itself, for clients that can name no variable')
    .option('--write', "merge it into the client's file: the difference is shown and asked about first")
    .option('-y, --yes', 'write without asking')
    .option('--config <file>', "the client's file, where it is not the usual one")
    .option('--undo', 'put back what the last --write changed')
    .option('--force', 'undo even where the file was changed since')
    .option('--test', 'send one tool call as the client would, and its result, and say whether that works')
    .addHelpText('after', NOTES)
    .action(async (client: string | undefined, options: ConnectOptions) => {
      finish(
        await connect(client, options, {
          environment: process.env,
          platform: process.platform,
          out: (text) => void process.stdout.write(text),
          err: (text) => void process.stderr.write(text),
          ...(process.stdin.isTTY && process.stdout.isTTY && { ask }),
        }),
      );
    });
}

/** Ctrl-C and the end of the input mean no. */
async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = once(terminal, 'close').then(() => '');
    const asked = terminal.question(`${question} [y/N] `).catch(() => '');
    const answer = await Promise.race([asked, closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

const NOTES = `
Keys are never shown, and written only where a client can name no variable for them. Everything else in a file stays:
other keys, comments, layout. A file that does not parse is left alone.

Examples:
  perigee connect --list
  perigee connect claude-code                    what to put where
  perigee connect codex --write                  merge it into ~/.codex/config.toml
  perigee connect codex --undo
  perigee connect opencode --host moonshot       without a gateway
  perigee connect cline --test                   does it work as Cline asks?

Exit codes: 0 done, 1 failed or nothing written, 2 wrong usage`;
