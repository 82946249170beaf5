import { isJsonObject, type JournalRecord, type Message, textOf } from '../../core/index.ts';
import { readRecordName } from '../../durable/index.ts';
import { count, duration, plural } from '../terminal/screen.ts';
import { cutTo, oneLine, printable } from '../terminal/text.ts';
import { timeText } from './time-text.ts';

/** Columns that reasoning and results may take of a line. */
const SHORT = 60;

/** A record on one line: number, time, name, and what of it matters to people. */
export function describeRecord(record: JournalRecord, columns: number): string {
  const { seq, at, name, value } = record;
  const head = `${String(seq).padStart(4)}  ${timeText(at)}  ${printable(name)}  `;
  return cutTo((head + oneLine(gist(name, value), columns)).trimEnd(), columns);
}

function gist(name: string, value: unknown): string {
  if (!isJsonObject(value)) return short(value);
  switch (readRecordName(name)?.part) {
    case 'prompt':
      return promptGist(value);
    case 'turn':
      return turnGist(value);
    case 'approvals':
      return `may they run?  ${callsOf(value).map(callText).join('  ')}`;
    case 'approval':
      return `${value['approved'] === true ? 'yes' : 'no'}${text(value['note']) && `: ${text(value['note'])}`}`;
    case 'call':
      return resultGist(value);
    case 'end':
      return `${text(value['finishReason'])}: ${text(value['explanation'])}${priceText(value['cost'])}`;
    default:
      return short(value);
  }
}

function promptGist({ messages, model }: Record<string, unknown>): string {
  const all = Array.isArray(messages) ? messages.filter(isJsonObject) : [];
  const last = all.at(-1) as Message | undefined;
  const before = all.length > 1 ? ` (after ${all.length - 1} earlier)` : '';
  return `${last?.role ?? ''}${before}: ${last ? contentText(last) : ''}${text(model) && `  [${text(model)}]`}`;
}

function turnGist(value: Record<string, unknown>): string {
  const message = isJsonObject(value['message']) ? value['message'] : {};
  const steered = Array.isArray(value['steered']) ? value['steered'].length : 0;
  const usage = isJsonObject(value['usage']) ? value['usage'] : {};
  const parts = [
    steered > 0 ? `(${plural(steered, 'message')} put in before)` : '',
    text(message['reasoning']) && `~${oneLine(text(message['reasoning']), SHORT)}~`,
    'content' in message ? contentText(message as unknown as Message) : '',
    ...callsOf(value).map(callText),
  ];
  const tokens = typeof usage['outputTokens'] === 'number' ? `  ${count(usage['outputTokens'])} tokens` : '';
  return parts.filter((part) => part !== '').join('  ') + tokens + priceText(value['cost']);
}

function resultGist(value: Record<string, unknown>): string {
  const mark = value['isError'] === true ? '✗' : '←';
  const took = typeof value['ms'] === 'number' ? ` ${duration(value['ms'])}` : '';
  return `${mark} ${text(value['name'])}${took}  ${oneLine(text(value['output']), SHORT)}`;
}

function callsOf({ calls }: Record<string, unknown>): Record<string, unknown>[] {
  return Array.isArray(calls) ? calls.filter(isJsonObject) : [];
}

function callText(call: Record<string, unknown>): string {
  return `→ ${text(call['name'])} ${oneLine(text(call['arguments']), SHORT)} [${text(call['id'])}]`;
}

function contentText({ content }: Message): string {
  return typeof content === 'string' || Array.isArray(content) ? oneLine(textOf(content), SHORT * 4) : '';
}

function priceText(cost: unknown): string {
  return typeof cost === 'number' ? `  $${cost.toFixed(4)}` : '';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function short(value: unknown): string {
  return oneLine(JSON.stringify(value) ?? '', SHORT * 2);
}
