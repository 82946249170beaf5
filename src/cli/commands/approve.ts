import { Argument, Command } from 'commander';
import { withStoreOrRuns } from '../runs/with-runs.ts';
import { answerCall } from '../sessions/answer-call.ts';
import type { PlaceOptions } from '../sessions/place.ts';
import { withPlaceFlags } from './place-flags.ts';

/** `perigee approve`: says yes or no to a call that waits for it, in whatever process. */
export function approveCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('approve')
    .description('Say yes or no to a call that waits for approval.')
    .argument('<session>', 'its name')
    .argument('<call>', 'the id of the call, or its place: run-0/step-2/call-0')
    .addArgument(new Argument('<answer>', 'whether it may run').choices(['yes', 'no']))
    .option('--note <text>', 'why, for the model to read');
  return withPlaceFlags(command)
    .addHelpText('after', NOTES)
    .action(
      async (session: string, call: string, answer: string, options: PlaceOptions & { note?: string }) => {
        const { note } = options;
        const said = { approved: answer === 'yes', ...(note !== undefined && { note }) };
        finish(
          await withStoreOrRuns(options, 'perigee approve', (store, client) =>
            answerCall(store, client, session, call, said),
          ),
        );
      },
    );
}

const NOTES = `
perigee sessions show SESSION names the calls that wait.

Examples:
  perigee approve tidy functions.deploy:4 yes
  perigee approve tidy run-0/step-2/call-0 no --note "not on a Friday"

Exit codes: 0 answered, 1 failed or somebody else was first, 2 wrong usage`;
