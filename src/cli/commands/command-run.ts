import { Command } from 'commander';
import type { SessionCommand } from '../../durable/index.ts';
import { commandRun } from '../runs/tell-run.ts';
import { withStoreOrRuns } from '../runs/with-runs.ts';
import type { PlaceOptions } from '../sessions/place.ts';
import { withPlaceFlags } from './place-flags.ts';

type Finish = (exitCode: number) => void;

/** `perigee pause`: lets a run stop at its next safe point. */
export function pauseCommand(finish: Finish): Command {
  return making(
    'pause',
    'Let a run stop when its running tools are done; perigee run --resume goes on with it.',
    finish,
  );
}

/** `perigee cancel`: ends a run, queued or under way. */
export function cancelCommand(finish: Finish): Command {
  return making(
    'cancel',
    'End a run, queued or under way: what it does is stopped, what it did is kept.',
    finish,
  );
}

function making(command: SessionCommand, description: string, finish: Finish): Command {
  const made = new Command(command)
    .description(description)
    .argument('<id>', 'its id, which is the name of its session');
  return withPlaceFlags(made)
    .addHelpText('after', NOTES[command])
    .action(async (id: string, options: PlaceOptions) =>
      finish(
        await withStoreOrRuns(options, `perigee ${command}`, (store, client) =>
          commandRun(id, command, store, client),
        ),
      ),
    );
}

const EXIT_CODES = 'Exit codes: 0 asked, 1 failed or nobody works on it, 2 wrong usage';

const NOTES: { readonly [command in SessionCommand]: string } = {
  pause: `
Examples:
  perigee pause tidy
  perigee run --detach --session tidy --resume

${EXIT_CODES}`,
  cancel: `
Examples:
  perigee cancel run-3f9a2c41d07e

${EXIT_CODES}`,
};
