import { Command, Option } from 'commander';
import { runWorker, type WorkerCommandOptions } from '../worker/run-worker.ts';
import { wholeNumber, withAgentFlags } from './agent-flags.ts';
import { withDatabaseFlag } from './place-flags.ts';

/** `perigee worker`: works on runs that others queue. */
export function workerCommand(finish: (exitCode: number) => void): Command {
  const command = withDatabaseFlag(new Command('worker'))
    .description('Work on runs that are queued with perigee run --detach, on any number of machines.')
    .option(
      '--name <name>',
      'what it is called, always the same (default: the host name, with a number if that is taken)',
    )
    .option('--concurrency <n>', 'runs at once on this worker (default 10)', wholeNumber)
    .option('--per-model <n>', 'runs of one model at once, over all workers', wholeNumber)
    .option('--per-user <n>', 'runs of one user at once, over all workers', wholeNumber)
    .option(
      '--health-port <port>',
      'answer /healthz and /readyz there for probes, on all addresses unless given as ADDRESS:PORT',
    )
    .addOption(
      new Option('--log <style>', 'a line when a run begins, ends or is taken over')
        .choices(['pretty', 'json', 'none'])
        .default('pretty'),
    );
  return withAgentFlags(command)
    .addHelpText('after', NOTES)
    .action(async (options: WorkerCommandOptions) => finish(await runWorker(options)));
}

const NOTES = `
Tools, folders, keys and MCP servers are the worker's: a run may ask for fewer of its tools, never for others, and for
closer limits, never for wider ones. All workers of a database should be given the same flags.
Ctrl-C or SIGTERM lets each run come to a safe point and hands it over to other workers; once more ends at once, and
others take the runs over within seconds.

Examples:
  PERIGEE_DATABASE_URL=postgres://… perigee worker --tools files,./my-tools.mjs --concurrency 20
  perigee worker --database-url postgres://db.example/perigee --max-cost 5 --per-user 2 --health-port 8080

Exit codes: 0 stopped, 1 failed, 2 wrong usage, 75 it was taken for dead (start it again), 130 or 143
ended at once`;
