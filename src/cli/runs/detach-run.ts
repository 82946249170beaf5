import { UsageError } from '../failure.ts';
import { writeLine } from '../json-lines.ts';
import type { RunCommandOptions } from '../run/run-agent.ts';
import { taskSettingsOf } from '../run/task-settings.ts';
import { placeOption } from '../sessions/place.ts';
import { NO_WORKER } from './standing.ts';
import { withRun, withRuns } from './with-runs.ts';

export interface DetachOptions extends RunCommandOptions {
  readonly user?: string;
}

/** Why an option means nothing to a run that is queued. */
const OF_THE_WORKER = 'belongs to the worker: perigee worker';
const NOT_HERE: { readonly [option in keyof DetachOptions]: readonly [flag: string, why: string] } = {
  baseUrl: ['--base-url', `${OF_THE_WORKER} --base-url.`],
  apiKeyEnv: ['--api-key-env', `${OF_THE_WORKER} --api-key-env.`],
  format: ['--format', `${OF_THE_WORKER} --format.`],
  completions: ['--completions', `${OF_THE_WORKER} --completions.`],
  mcp: ['--mcp', `${OF_THE_WORKER} --mcp. What its servers offer can be chosen from with --tools.`],
  record: [
    '--record',
    'writes a file here, and the run is elsewhere; perigee attach --json writes down what happens.',
  ],
  replay: ['--replay', 'plays a file that the worker does not have.'],
  quiet: ['--quiet', 'has nothing to be quiet about: only the id is printed.'],
};

/** Puts a run into the queue for the workers, and prints its id. Returns the exit code. */
export async function detachRun(prompt: string | undefined, options: DetachOptions): Promise<number> {
  mustMakeSense(options);
  const { session, model, user, json, resume } = options;
  const settings = taskSettingsOf(options);
  return withRuns(options, 'run --detach', async ({ client, store }) => {
    const start = () =>
      client.start({
        ...(session !== undefined && { session }),
        ...(prompt !== undefined && { prompt }),
        ...(model !== undefined && { model }),
        ...(user !== undefined && { user }),
        ...(Object.keys(settings).length > 0 && { settings }),
      });
    if (resume && session !== undefined) await withRun(session, store, () => store.sessions.reach(session));
    const { id } = await start();
    if (json) await writeLine({ id });
    else process.stdout.write(`${id}\n`);
    const alone = (await client.workers()) === 0 ? ` ${NO_WORKER}` : '';
    process.stderr.write(`Queued.  perigee attach ${id}${placeOption(store.place)}  shows it.${alone}\n`);
    return 0;
  });
}

function mustMakeSense(options: DetachOptions): void {
  for (const [option, [flag, why]] of Object.entries(NOT_HERE)) {
    if (options[option as keyof DetachOptions] === undefined) continue;
    throw new UsageError(`${flag} does not go with --detach: it ${why}`);
  }
}
