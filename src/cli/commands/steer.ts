import { Command } from 'commander';
import { UsageError } from '../failure.ts';
import { steerRun } from '../runs/tell-run.ts';
import { withStoreOrRuns } from '../runs/with-runs.ts';
import type { PlaceOptions } from '../sessions/place.ts';
import { withPlaceFlags } from './place-flags.ts';

/** `perigee steer`: says something to a run that is under way. */
export function steerCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('steer')
    .description('Tell a run something before its next turn, wherever it is.')
    .argument('<id>', 'its id, which is the name of its session')
    .argument('<text...>', 'what to tell it')
    .option('--after', 'when it has answered and would end');
  return withPlaceFlags(command)
    .addHelpText('after', NOTES)
    .action(async (id: string, words: string[], options: PlaceOptions & { after?: boolean }) => {
      const text = words.join(' ');
      if (text.trim() === '') throw new UsageError('there is nothing to tell it: perigee steer ID "…".');
      const when = options.after ? 'after' : 'now';
      finish(
        await withStoreOrRuns(options, 'perigee steer', (store, client) =>
          steerRun(id, text, when, store, client),
        ),
      );
    });
}

const NOTES = `
Examples:
  perigee steer tidy "leave the tests as they are"
  perigee steer tidy --after "and now write the changelog"

Exit codes: 0 told, 1 failed, 2 wrong usage`;
