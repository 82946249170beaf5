import { Argument, Command } from 'commander';
import { sqliteSessions } from '../../durable/index.ts';
import { answerCall } from '../sessions/answer-call.ts';

/** `perigee approve`: says yes or no to a call that waits for it, in whatever process. */
export function approveCommand(finish: (exitCode: number) => void): Command {
  return new Command('approve')
    .description('Say yes or no to a call that waits for approval.')
    .argument('<session>', 'its name')
    .argument('<call>', 'the id of the call, or its place: run-0/step-2/call-0')
    .addArgument(new Argument('<answer>', 'whether it may run').choices(['yes', 'no']))
    .option('--note <text>', 'why, for the model to read')
    .option(
      '--data-dir <folder>',
      'where sessions are kept (default: PERIGEE_DATA_DIR, else the state folder)',
    )
    .action(
      async (session: string, call: string, answer: string, options: { note?: string; dataDir?: string }) => {
        const { note, dataDir } = options;
        const store = sqliteSessions({
          command: 'perigee approve',
          ...(dataDir !== undefined && { dataDir }),
        });
        const said = { approved: answer === 'yes', ...(note !== undefined && { note }) };
        finish(await answerCall(store, session, call, said, dataDir));
      },
    );
}
