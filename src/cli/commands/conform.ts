import { Command } from 'commander';
import { isJsonObject, PerigeeError } from '../../core/index.ts';
import type { HostProfile } from '../../profiles/index.ts';
import { describeRequest } from '../conform/describe-request.ts';
import { fitRequest, hostNamed } from '../conform/fitted.ts';
import { responseIds } from '../conform/response-ids.ts';
import { describeSchema } from '../conform/schema-line.ts';
import { openInput, readJson, readText } from '../input.ts';
import { mapJsonLines } from '../json-lines.ts';

interface ConformOptions {
  host?: string;
  model?: string;
  jsonl?: boolean;
}

/** `perigee conform`: what the gateway would send for a client's request, and why. */
export function conformCommand(finish: (exitCode: number) => void): Command {
  return new Command('conform')
    .description(
      'Show what the gateway would send for a request (OpenAI Chat or Anthropic Messages, JSON), and each change with its reason.',
    )
    .argument('[file]', 'the request; default: standard input')
    .option('--host <name>', 'the host it goes to, by name or URL; default: one that nothing is known of')
    .option('--model <name>', "the model it goes to; default: the request's own")
    .option(
      '--jsonl',
      'read one JSON object a line ({raw: "<request as text>", format} or {schema}), print one a line',
    )
    .action(async (file: string | undefined, options: ConformOptions) => {
      const host = options.host === undefined ? undefined : hostNamed(options.host);
      const input = openInput(file, 'conform');
      if (options.jsonl) {
        const faulty = await mapJsonLines(input, (line) => conformLine(line, host, options.model));
        if (faulty > 0) finish(1);
        return;
      }
      const json = readJson(await readText(input), 'the request');
      const { wire, changes } = fitRequest(json, host, options.model);
      process.stdout.write(`${JSON.stringify({ request: wire, changes }, null, 2)}\n`);
    });
}

function conformLine(
  line: Record<string, unknown>,
  host: HostProfile | undefined,
  model: string | undefined,
): object {
  const { raw, format, schema, id: _, name, ...rest } = line;
  const named = typeof name === 'string' ? { name } : {};
  if (raw === undefined && schema !== undefined) return { ...named, ...describeSchema(schema) };
  const given = raw ?? rest;
  const json = () => (typeof given === 'string' ? readJson(given, 'raw') : given);
  switch (format ?? kindOf(json())) {
    case 'request':
      return { ...named, ...describeRequest(fitRequest(json(), host, model)) };
    case 'response-ids':
      return { ...named, ...responseIds(json()) };
    case 'mfjs':
      return { ...named, ...describeSchema(given) };
    default:
      throw new PerigeeError('invalid-request', 'format is none of request, response-ids, mfjs.');
  }
}

function kindOf(json: unknown): string {
  return isJsonObject(json) && 'emitted' in json ? 'response-ids' : 'request';
}
