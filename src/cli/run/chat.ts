import { type Agent, agent, type Run, RunError } from '../../agent/index.ts';
import type { Message } from '../../core/index.ts';
import { reportError } from '../failure.ts';
import { type AgentCommandOptions, agentParts, settingsOf } from './agent-options.ts';
import { approveBy } from './approve-in-terminal.ts';
import { redirectConsole } from './console-output.ts';
import { Conversation } from './conversation.ts';
import { type Display, showWorklog } from './display.ts';
import { withOnlookers } from './onlookers.ts';
import { isShared, type RunSession, type SessionOptions, withSession } from './open-session.ts';
import { shown } from './run-agent.ts';
import { withSettings } from './settings.ts';
import { toolsAtLarge } from './tools-at-large.ts';

export interface ChatCommandOptions extends AgentCommandOptions, SessionOptions {}

const HELP = `Type what you want. While the model works:
  a line           is told to it before its next turn
  /after a line    is told to it when it has answered
  Ctrl-C           pauses it, once more stops its tools
/exit or Ctrl-D ends the conversation.`;

/** Talks with an agent on the terminal. Returns the exit code. */
export async function chat(given: ChatCommandOptions): Promise<number> {
  return withSession(given, (session) => chatIn(session, given));
}

async function chatIn(session: RunSession | undefined, given: ChatCommandOptions): Promise<number> {
  const conversation = new Conversation();
  try {
    const { options, keep } = await withSettings(given, session, isShared(session));
    const display = withOnlookers(showWorklog({ isChat: true }), session);
    redirectConsole((text) => display.note(text));
    toolsAtLarge((text) => display.note(text));
    const isWatched = process.stdout.isTTY === true;
    const { chosen, model, tools, close } = await agentParts(options, isWatched, (text) =>
      display.note(text),
    );
    display.introduce(`${chosen.introduction}\n/help says what can be typed.`, chosen.isPractice);
    await keep();
    const onApproval = approveBy(conversation.ask, display);
    try {
      const subject = agent({ ...settingsOf(options), model, tools, onApproval });
      return await talk(subject, conversation, display, session);
    } finally {
      await close();
    }
  } finally {
    conversation.close();
  }
}

async function talk(
  subject: Agent,
  conversation: Conversation,
  display: Display,
  session: RunSession | undefined,
): Promise<number> {
  let messages: readonly Message[] = [];
  for (;;) {
    conversation.onInterrupt = () => conversation.close();
    const line = await conversation.next('\n> ');
    if (line === undefined || line.trim() === '/exit') return 0;
    if (line.trim() === '') continue;
    if (line.trim() === '/help') {
      process.stdout.write(`${HELP}\n`);
      continue;
    }
    const control = new AbortController();
    const run = subject.run(line, { signal: control.signal, ...(session ? { session } : { messages }) });
    const off = session?.onCommand((command) => {
      if (command === 'pause') run.pause();
      else control.abort(new Error('cancelled by another process'));
    });
    const lose = () => control.abort(session?.lost?.reason);
    session?.lost?.addEventListener('abort', lose);
    messages = (await live(run, control, conversation, display)) ?? messages;
    session?.lost?.removeEventListener('abort', lose);
    off?.();
  }
}

/** Shows a run while the person may steer it. Returns the history; undefined when there is none to go on with. */
async function live(
  run: Run,
  control: AbortController,
  conversation: Conversation,
  display: Display,
): Promise<readonly Message[] | undefined> {
  conversation.onLine = (line) => steer(run, line, display);
  conversation.onInterrupt = () => {
    conversation.onInterrupt = () => {
      // Whoever hangs even then is left behind.
      conversation.onInterrupt = () => process.exit(130);
      control.abort(new Error('interrupted'));
      display.note('Stopping; Ctrl-C again ends at once.');
    };
    run.pause();
    display.note('Pausing: running tools are waited for. Ctrl-C again stops them.');
  };
  try {
    const result = await shown(run, display);
    display.end(result);
    return result.messages;
  } catch (error) {
    display.failed(error);
    reportError(error);
    return error instanceof RunError ? error.result.messages : undefined;
  } finally {
    conversation.onLine = undefined;
  }
}

function steer(run: Run, line: string, display: Display): void {
  const [, later] = /^\/after\s+(.*)$/.exec(line.trim()) ?? [];
  if (line.trim() === '') return;
  const said = later === undefined ? run.steer(line) : run.steer(later, 'after');
  said.catch((error: unknown) => display.note(error instanceof Error ? error.message : String(error)));
}
