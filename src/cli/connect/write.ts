import colors from 'picocolors';
import {
  type ClientSetup,
  diffLines,
  type PreparedFile,
  prepareFiles,
  type SetupChoice,
  undoWrite,
  writeFiles,
} from '../../connect/index.ts';
import { UsageError } from '../failure.ts';
import { printable } from '../terminal/text.ts';
import type { ConnectOptions, ConnectSurroundings } from './options.ts';
import { keyLines, shortened } from './show.ts';

export interface WriteTarget {
  readonly client: ClientSetup;
  readonly choice: SetupChoice;
  readonly places: readonly string[];
  readonly dataFolder: string;
  readonly home: string;
}

/** Merges the set-up into the client's files: the difference is shown, asked about, and can be undone. Returns the exit code. */
export async function writeSetup(
  target: WriteTarget,
  { yes }: ConnectOptions,
  { out, ask }: ConnectSurroundings,
): Promise<number> {
  const { client, choice, places, dataFolder, home } = target;
  const prepared = await prepareFiles(client, places, choice);
  const changed = prepared.filter(({ bytes }) => bytes !== undefined);
  if (changed.length === 0) {
    const all = places.map((path) => shortened(path, home)).join(', ');
    out(`Nothing to do: ${all} ${places.length === 1 ? 'has' : 'have'} it all.\n`);
    out(printable(takeOut(prepared, home)));
    return 0;
  }
  const secrets = choice.key.kind === 'variable' && choice.key.literal ? [choice.key.literal] : [];
  for (const file of changed) out(diffOf(file, home, secrets));
  if (!yes) {
    if (!ask) throw new UsageError('nothing was written: give --yes, since there is no terminal to ask at.');
    if (!(await ask('Write this?'))) {
      out('Nothing was written.\n');
      return 1;
    }
  }
  const backups = await writeFiles(dataFolder, client.id, prepared);
  const written = changed.map(({ found }) => shortened(found.path, home)).join(', ');
  const isNew = changed.every(({ found }) => found.bytes === null);
  const kept = isNew ? '' : ` What was there before is kept in ${shortened(backups ?? dataFolder, home)}.`;
  out(
    `Written: ${written}.${kept}\n  perigee connect ${client.id} --undo  ${isNew ? 'takes it away again' : 'puts it back'}.\n`,
  );
  out(printable(takeOut(prepared, home)));
  const after = [...keyLines(client, choice), ...client.steps(choice).map((step) => `  ${step}`)];
  out(printable(`\nThen:\n${after.filter((line) => line !== '').join('\n')}\n`));
  return 0;
}

/** What another set-up left in the files and would spoil this one. */
function takeOut(prepared: readonly PreparedFile[], home: string): string {
  const lines = prepared.flatMap(({ found, leftovers }) =>
    leftovers.map((key) => `  ${key}  in ${shortened(found.path, home)}\n`),
  );
  return lines.length === 0
    ? ''
    : `\nTake out by hand, or the client goes by it and not by this set-up:\n${lines.join('')}`;
}

function diffOf({ found, before, after }: PreparedFile, home: string, secrets: readonly string[]): string {
  const lines = diffLines(before, after, secrets).map((line) => {
    const text = printable(line);
    return line.startsWith('+') ? colors.green(text) : line.startsWith('-') ? colors.red(text) : text;
  });
  const title = `${shortened(found.path, home)}${found.bytes === null ? ' (new)' : ''}`;
  return `${colors.bold(printable(title))}\n${lines.join('\n')}\n\n`;
}

/** Gives the files of the last write the bytes they had before it. Returns the exit code. */
export async function undoSetup(
  client: ClientSetup,
  dataFolder: string,
  { config, force }: ConnectOptions,
  { out }: ConnectSurroundings,
): Promise<number> {
  const undone = await undoWrite(dataFolder, client.id, config, force ?? false);
  if (!undone) {
    out(`Nothing to undo: no write for ${client.name} is kept.\n`);
    return 1;
  }
  for (const path of undone.restored) out(`${path} is again what it was.\n`);
  for (const path of undone.removed) out(`${path} was taken away: it was not there before.\n`);
  return 0;
}
