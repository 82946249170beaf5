import {
  type ClientSetup,
  judgeAnswer,
  judgeCall,
  masked,
  type Problem,
  type RequestHabits,
  type SetupChoice,
  trialRequest,
} from '../../connect/index.ts';
import { printable } from '../terminal/text.ts';
import type { ConnectSurroundings } from './options.ts';
import { sendTrial, type TrialOutcome } from './send-trial.ts';

export interface Trial {
  readonly client: ClientSetup;
  readonly protocol: ClientSetup['protocol'];
  readonly choice: SetupChoice;
  readonly secret?: string;
}

/**
 * Asks as the client would: a question that a tool answers, then the result of the call. Says what worked, and else what to
 * do. Returns the exit code.
 */
export async function tryClient(
  trial: Trial,
  { environment, out }: Pick<ConnectSurroundings, 'environment' | 'out'>,
): Promise<number> {
  const { client, protocol, choice } = trial;
  const habits = protocol === client.protocol ? client.habits : (client.otherwise?.habits ?? client.habits);
  const secrets = trial.secret === undefined ? [] : [trial.secret];
  const say = (text: string) => out(printable(`${masked(text, secrets)}\n`));
  const names = { chat: 'OpenAI Chat', messages: 'Anthropic Messages', responses: 'OpenAI Responses' };
  const way = `${names[protocol]}, ${habits.stream ? 'streaming' : 'in one piece'}`;
  const first = trialRequest(protocol, habits, choice);
  say(`As ${client.name} asks: ${choice.model} at ${new URL(first.url).origin}, ${way}`);
  if (habits.recorded === undefined)
    say(`  (${client.name} was not recorded: this is how clients of its kind ask)`);
  const asked = await sendTrial(protocol, first, trial.secret, environment);
  if ('problem' in asked) return failed(say, [asked.problem]);
  if (habits.withoutTools) return plainAnswer(say, asked);
  const problems = judgeCall(asked.answer);
  const [call] = asked.answer.calls;
  if (call && problems.length === 0)
    say(`  ✓ a call: ${call.name}(${call.arguments.slice(0, 80)}) in ${asked.ms} ms`);
  if (problems.length > 0) return failed(say, problems);
  return secondTurn(trial, habits, asked, say, environment);
}

async function secondTurn(
  { protocol, choice, secret }: Trial,
  habits: RequestHabits,
  { answer }: Exclude<TrialOutcome, { problem: Problem }>,
  say: (text: string) => void,
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const again = await sendTrial(
    protocol,
    trialRequest(protocol, habits, choice, answer),
    secret,
    environment,
  );
  if ('problem' in again) return failed(say, [again.problem], 'after the result of the call');
  const problems = judgeAnswer(again.answer);
  if (problems.length > 0) return failed(say, problems);
  const said = again.answer.text.trim().replace(/\s+/g, ' ').slice(0, 80);
  say(said === '' ? '  ✓ the result is taken, and the next call comes' : `  ✓ the answer: ${said}`);
  say('It works.');
  return 0;
}

function plainAnswer(
  say: (text: string) => void,
  { answer, ms }: Exclude<TrialOutcome, { problem: Problem }>,
): number {
  const problems = judgeAnswer(answer);
  if (problems.length > 0) return failed(say, problems);
  say(`  ✓ an answer in ${ms} ms: ${answer.text.trim().replace(/\s+/g, ' ').slice(0, 80)}`);
  say('It works. This client calls no tools.');
  return 0;
}

function failed(say: (text: string) => void, problems: readonly Problem[], when = ''): number {
  for (const { what } of problems) say(`  ✗ ${when === '' ? '' : `${when}: `}${what}`);
  for (const advice of new Set(problems.map((problem) => problem.advice))) say(`  → ${advice}`);
  say('It does not work.');
  return 1;
}
