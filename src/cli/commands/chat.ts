import { Command } from 'commander';
import { type ChatCommandOptions, chat } from '../run/chat.ts';
import { withAgentFlags, withSessionFlags } from './agent-flags.ts';

/** `perigee chat`: a conversation with an agent. */
export function chatCommand(finish: (exitCode: number) => void): Command {
  return withSessionFlags(withAgentFlags(new Command('chat')))
    .description('Talk with an agent. What is typed while it works is told to it; Ctrl-C pauses it.')
    .addHelpText('after', NOTES)
    .action(async (options: ChatCommandOptions) => finish(await chat(options)));
}

const NOTES = `
Examples:
  perigee chat
  perigee chat --session garden --approval writes --tools files,./my-tools.mjs`;
