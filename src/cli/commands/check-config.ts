import { Command } from 'commander';
import { mayKeepKeys } from '../accounts-file.ts';
import { showProblem } from '../config/excerpt.ts';
import { loadConfig } from '../config/load-config.ts';
import { readFileText } from '../input.ts';
import { describeConfig } from '../serve/describe-config.ts';
import { DEFAULT_FILE } from '../serve/source.ts';

/** `perigee check-config`: what is wrong with a file, line by line, or else what it does. */
export function checkConfigCommand(finish: (exitCode: number) => void): Command {
  return new Command('check-config')
    .description(
      'Explain a configuration of perigee serve: every fault with its line, or what would be served.',
    )
    .argument('[file]', `the file (default ${DEFAULT_FILE})`)
    .addHelpText('after', '\nExit codes: 0 in order, 1 faulty, 2 wrong usage or no such file')
    .action((file: string = DEFAULT_FILE) => {
      const text = readFileText(file);
      const loaded = loadConfig(text, {
        environment: process.env,
        keysElsewhere: mayKeepKeys({}, process.env),
      });
      if ('config' in loaded) {
        process.stdout.write(describeConfig(loaded.config, file));
        return;
      }
      const { problems } = loaded;
      for (const problem of problems) process.stderr.write(`${showProblem(problem, text, file)}\n`);
      const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
      process.stderr.write(`perigee: ${file} has ${count}. (config-invalid)\n`);
      finish(1);
    });
}
