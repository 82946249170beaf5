import { existsSync } from 'node:fs';
import {
  CLIENTS,
  type ClientSetup,
  clientNamed,
  nearestClient,
  placesOf,
  type System,
} from '../../connect/index.ts';
import { dataFolder, homeFolder } from '../data-folder.ts';
import { UsageError } from '../failure.ts';
import { printable } from '../terminal/text.ts';
import { showList } from './list.ts';
import type { ConnectOptions, ConnectSurroundings } from './options.ts';
import { showSetup } from './show.ts';
import { targetOf } from './target.ts';
import { tryClient } from './try-client.ts';
import { undoSetup, writeSetup } from './write.ts';

/** Shows, writes, undoes or tries the set-up of a client. Returns the exit code. */
export async function connect(
  name: string | undefined,
  options: ConnectOptions,
  surroundings: ConnectSurroundings,
): Promise<number> {
  const { environment, platform, out, err } = surroundings;
  const home = homeFolder(environment);
  const system: System = { platform, home, environment, exists: existsSync };
  if (options.list) {
    out(showList(system));
    return 0;
  }
  checkOptions(options);
  const client = named(name);
  const folder = dataFolder(environment, platform);
  if (options.undo) return undoSetup(client, folder, options, surroundings);
  const { choice, protocol, secret, notes } = await targetOf(client, options, environment);
  for (const note of notes) err(printable(`Note: ${note}\n`));
  if (options.test)
    return tryClient({ client, protocol, choice, ...(secret !== undefined && { secret }) }, surroundings);
  const places = placesOf(client.files, system, options.config);
  if (!options.write) {
    out(printable(showSetup(client, choice, places, home)));
    return 0;
  }
  if (client.files.length === 0) {
    throw new UsageError(
      `${client.name} keeps its settings where no file can be written: leave --write out to see what to enter.`,
    );
  }
  if (!places) {
    throw new UsageError(`the file of ${client.name} has no usual place: name it, as in --config .env`);
  }
  return writeSetup({ client, choice, places, dataFolder: folder, home }, options, surroundings);
}

function checkOptions({ write, undo, test, yes, force, config }: ConnectOptions): void {
  const wanted = Object.entries({ '--write': write, '--undo': undo, '--test': test }).filter(([, is]) => is);
  if (wanted.length > 1)
    throw new UsageError(`${wanted.map(([flag]) => flag).join(' and ')} do not go together.`);
  if (yes && !write) throw new UsageError('--yes goes with --write.');
  if (config === '') throw new UsageError('--config needs the name of a file.');
  if (force && !undo) throw new UsageError('--force goes with --undo.');
}

function named(name: string | undefined): ClientSetup {
  const known = `Known: ${CLIENTS.map(({ id }) => id).join(', ')}.`;
  if (name === undefined) throw new UsageError(`name a client, as in  perigee connect cline\n  ${known}`);
  const client = clientNamed(name);
  if (client) return client;
  const meant = nearestClient(name);
  throw new UsageError(
    `${name} is no client that there is a set-up for. ${meant === undefined ? known : `Did you mean ${meant}?`}`,
  );
}
