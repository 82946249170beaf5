import { Command, Option } from 'commander';
import pc from 'picocolors';
import { PerigeeError, type ToolDeclaration, type Turn } from '../../core/index.ts';
import { explain } from '../../formats/index.ts';
import { canonicalAnswer } from '../canonical.ts';
import { UsageError } from '../failure.ts';
import { openInput, readText } from '../input.ts';
import { mapJsonLines, writeLine } from '../json-lines.ts';
import { printPieces } from '../parse/print-pieces.ts';
import {
  ANSWER_FORMATS,
  type AnswerFormat,
  answerFormat,
  answerOf,
  detectFormat,
  type ReadOptions,
  readEvents,
} from '../read-answer.ts';
import { readToolFile, toolList } from '../tool-list.ts';

interface ParseOptions {
  format: string;
  tools?: string;
  startInReasoning?: boolean;
  finishReason?: string;
  events?: boolean;
  explain?: boolean;
  json?: boolean;
  jsonl?: boolean;
}

/** `perigee parse`: what a model wrote, or a host sent, as its canonical answer. */
export function parseCommand(finish: (exitCode: number) => void): Command {
  return new Command('parse')
    .description(
      'Read what a model wrote, raw text or an OpenAI response or SSE stream, and print the answer as JSON.',
    )
    .argument('[file]', 'the text; default: standard input')
    .addOption(
      new Option('--format <name>', 'how the text is written').choices(ANSWER_FORMATS).default('auto'),
    )
    .option('--tools <file>', 'JSON file with the declared tools: names, {name, parameters}, or OpenAI tools')
    .option('--start-in-reasoning', 'the prompt ended with <think>')
    .option('--finish-reason <reason>', 'what the engine reported, for raw text')
    .option('--events', 'print the event stream instead, one event a line')
    .option('--explain', 'say of raw text piece by piece what it was read as, what it became and why')
    .option('--json', 'with --explain: print the pieces and the answer as JSON')
    .option(
      '--jsonl',
      'read one JSON object a line (raw, chunks, chunk_size, format, tools, …), print one a line',
    )
    .action(async (file: string | undefined, options: ParseOptions) => {
      checkOptions(options);
      const tools = options.tools === undefined ? undefined : readToolFile(options.tools);
      const input = openInput(file, 'parse');
      if (options.jsonl) {
        const faulty = await mapJsonLines(input, (line) => parseLine(line, options, tools));
        if (faulty > 0) finish(1);
        return;
      }
      const text = await readText(input);
      const format = options.format === 'auto' ? detectFormat(text) : answerFormat(options.format)!;
      const reading = {
        format,
        ...(tools && { tools }),
        startInReasoning: options.startInReasoning ?? false,
        ...(options.finishReason !== undefined && { rawReason: options.finishReason }),
      };
      if (options.explain) {
        process.stdout.write(explained(text, reading, options.json ?? false));
        return;
      }
      const read = readEvents([text], reading);
      if (options.events) for (const event of read.events) await writeLine(event);
      else process.stdout.write(`${JSON.stringify(answerOf(read), null, 2)}\n`);
      if (!read.error) return;
      const { code, message } = read.error;
      throw new PerigeeError(code, message, { remedy: 'What is printed came before that.' });
    });
}

function checkOptions({ events, jsonl, explain: explains, json }: ParseOptions): void {
  const views = Object.entries({ '--events': events, '--jsonl': jsonl, '--explain': explains });
  const [first, second] = views.flatMap(([flag, given]) => (given ? [flag] : []));
  if (second !== undefined) throw new UsageError(`${first} and ${second} do not go together.`);
  if (json && !explains)
    throw new UsageError('--json goes with --explain; without it JSON is printed anyway.');
}

/** The pieces of a raw text and the answer that they make. */
function explained(text: string, { format, ...reading }: ReadOptions, asJson: boolean): string {
  if (format === 'openai-stream' || format === 'openai-response') {
    throw new UsageError(
      '--explain reads what a model wrote itself, and this is what a host sent of it: give it the raw text, such as the content of the message.',
    );
  }
  const { pieces, turn } = explain(text, { ...reading, format });
  if (asJson) return `${JSON.stringify({ pieces, answer: canonicalAnswer(turn) }, null, 2)}\n`;
  return `${printPieces(pieces, pc)}\n${summary(turn)}\n`;
}

function summary({ content, reasoning, calls, finishReason }: Turn): string {
  const count = (units: number, noun: string) => `${units} ${noun}${units === 1 ? '' : 's'}`;
  return `${count(content.length, 'character')} of text, ${reasoning.length} of reasoning, ${count(calls.length, 'call')}; finish reason ${finishReason}`;
}

/** One line of `--jsonl`; what a line leaves open, the command's own options say. */
function parseLine(
  line: Record<string, unknown>,
  options: ParseOptions,
  declared: readonly ToolDeclaration[] | undefined,
): object {
  const chunks = chunksOf(line);
  const tools =
    line['tools'] === undefined || line['tools'] === null ? declared : toolList(line['tools'], 'tools');
  const rawReason = line['upstream_finish_reason'] ?? options.finishReason;
  const read = readEvents(chunks, {
    format: formatOf(line['format'] ?? options.format, chunks),
    startInReasoning: line['start_in_reasoning'] === true || (options.startInReasoning ?? false),
    ...(tools && { tools }),
    ...(typeof rawReason === 'string' && { rawReason }),
  });
  return answerOf(read);
}

function formatOf(name: unknown, chunks: readonly string[]): AnswerFormat {
  const format = typeof name === 'string' ? answerFormat(name) : undefined;
  if (format === undefined) {
    throw new PerigeeError(
      'invalid-request',
      `format ${JSON.stringify(name)} is not one that is read here: ${ANSWER_FORMATS.join(', ')}.`,
    );
  }
  return format === 'auto' ? detectFormat(chunks.join('')) : format;
}

function chunksOf(line: Record<string, unknown>): string[] {
  const { raw, chunks, chunk_size: size } = line;
  if (Array.isArray(chunks)) {
    if (chunks.every((chunk) => typeof chunk === 'string')) return chunks;
    throw new PerigeeError('invalid-request', 'chunks must be an array of strings.');
  }
  if (typeof raw !== 'string') throw new PerigeeError('invalid-request', 'raw must be a string.');
  if (size === undefined || size === null) return [raw];
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 1) {
    throw new PerigeeError(
      'invalid-request',
      `chunk_size must be a whole number from 1, not ${JSON.stringify(size)}.`,
    );
  }
  const pieces: string[] = [];
  for (let at = 0; at < raw.length; at += size) pieces.push(raw.slice(at, at + size));
  return pieces;
}
