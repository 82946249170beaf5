import { Command } from 'commander';
import { type AttachOptions, attach } from '../runs/attach.ts';
import { attachHere } from '../runs/attach-here.ts';
import { withRun, withStoreOrRuns } from '../runs/with-runs.ts';
import { wholeNumber } from './agent-flags.ts';
import { withPlaceFlags } from './place-flags.ts';

/** `perigee attach`: looks on while a run goes on, wherever that is. */
export function attachCommand(finish: (exitCode: number) => void): Command {
  const command = new Command('attach')
    .description('Show a run live, on whatever machine it is. Ctrl-C leaves it alone.')
    .argument('<id>', 'its id, which is the name of its session')
    .option('--from <n>', 'begin with the nth event (default: with the first)', wholeNumber)
    .option('--json', 'print one event a line on standard output, everything else on standard error')
    .option('-q, --quiet', 'print the answer only');
  return withPlaceFlags(command)
    .addHelpText('after', NOTES)
    .action(async (id: string, options: AttachOptions) =>
      finish(
        await withStoreOrRuns(options, 'perigee attach', (store, client) =>
          client ? withRun(id, store, () => attach(id, client, options)) : attachHere(id, store, options),
        ),
      ),
    );
}

const NOTES = `
It waits for a run that is still queued, asks on the terminal about calls that wait for approval, and ends with
the run and its exit code. Without a database it shows a session of this machine, one record a line.

Examples:
  perigee attach run-3f9a2c41d07e
  perigee attach tidy --json --from 120 | jq -r 'select(.type == "tool-result").output'

Exit codes: those of perigee run; 130 when you leave the run alone`;
