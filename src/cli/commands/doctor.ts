import { Command, InvalidArgumentError } from 'commander';
import colors from 'picocolors';
import { type DoctorOptions, examine } from '../doctor/doctor.ts';
import { showFindings } from '../doctor/show-findings.ts';

/** `perigee doctor`: what keeps the gateway and the command from working, and what to do about it. */
export function doctorCommand(finish: (exitCode: number) => void): Command {
  return new Command('doctor')
    .description(
      'Look at key, host, model, clock, proxy, port, limits and configuration, and say what to do.',
    )
    .option(
      '--host <name>',
      'a known host (default: those of the configuration, else Moonshot where its key is set)',
    )
    .option('--base-url <url>', 'the address of any OpenAI-compatible server, mostly ending in /v1')
    .option('--model <name>', 'the model that is to be there')
    .option('--api-key-env <name>', 'the variable that holds the key (default: that of the host)')
    .option(
      '--port <n>',
      'the port of the gateway (default: that of the configuration, else 8787)',
      portNumber,
    )
    .option(
      '--config <file>',
      'the configuration of perigee serve (default: perigee.yaml, if this folder has one)',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ json, ...options }: DoctorOptions & { json?: boolean }) => {
      const findings = await examine(options, process.env);
      const isWell = findings.every(({ status }) => status !== 'fail');
      process.stdout.write(
        json ? `${JSON.stringify({ ok: isWell, findings }, null, 2)}\n` : showFindings(findings, colors),
      );
      if (!isWell) finish(1);
    });
}

const NOTES = `
Nothing is changed, no key is shown, and no model is asked: only the list of models is.

Exit codes: 0 nothing failed, 1 something did, 2 wrong usage`;

function portNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 65535.');
  }
  return value;
}
