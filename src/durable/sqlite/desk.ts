import { isJsonObject, PerigeeError, type QueuedMessage } from '../../core/index.ts';
import { summarise } from '../summary.ts';
import type { SessionFile } from './session-file.ts';
import { summaryText } from './summary-rows.ts';

/** What the one who works on a session is asked to do with the run. */
export type SessionCommand = 'pause' | 'cancel';

/** What can be asked of a session, of its owner or of its file. */
export type DeskRequest =
  | { readonly op: 'hello' }
  | { readonly op: 'summary' }
  /** Records after `after`. `wait`: when there are none, as soon as there are. */
  | { readonly op: 'page'; readonly after: number; readonly wait?: boolean }
  /** Messages in line and values delivered. */
  | { readonly op: 'inbox' }
  | {
      readonly op: 'queue';
      readonly key: string;
      readonly when: QueuedMessage['when'];
      readonly text: string;
    }
  | { readonly op: 'deliver'; readonly key: string; readonly name: string; readonly text: string }
  | { readonly op: 'command'; readonly command: SessionCommand };

/** Whether a request changes something. */
export function writes({ op }: DeskRequest): boolean {
  return op === 'queue' || op === 'deliver';
}

/** The answer of a session's file, as JSON text: what is recorded is not taken apart to be sent. */
export function answerFrom(file: SessionFile, request: DeskRequest): string {
  switch (request.op) {
    case 'summary':
      return summaryText(file);
    case 'page':
      return `[${file.page(request.after).map(rowText).join(',')}]`;
    case 'inbox':
      return JSON.stringify({ queued: file.queued(0), delivered: file.delivered() });
    case 'queue':
      file.queue(request, request.key);
      return 'null';
    case 'deliver':
      return JSON.stringify({ first: file.deliver(request, request.key) });
    case 'hello':
    case 'command':
      return JSON.stringify({ reached: false });
    default:
      return request satisfies never;
  }
}

/** What an empty file would answer to a question. */
export function answerOfNothing(request: DeskRequest): string {
  if (request.op === 'page') return '[]';
  if (request.op === 'inbox') return '{"queued":[],"delivered":[]}';
  if (request.op === 'summary') return JSON.stringify(summarise([], { queued: 0, delivered: [] }));
  return 'null';
}

function rowText({ seq, at, name, text }: ReturnType<SessionFile['page']>[number]): string {
  return `{"seq":${seq},"at":${at},"name":${JSON.stringify(name)},"value":${text}}`;
}

/** A request as it came over a socket. Throws `invalid-request` for what is none. */
export function readRequest(json: unknown): DeskRequest {
  if (isJsonObject(json) && isRequest(json)) return json as unknown as DeskRequest;
  throw new PerigeeError(
    'invalid-request',
    'This version of Perigee does not know what was asked of the session.',
    {
      remedy: 'Use the same version on both sides.',
    },
  );
}

function isRequest(json: Record<string, unknown>): boolean {
  const isText = (...fields: string[]) => fields.every((field) => typeof json[field] === 'string');
  switch (json['op']) {
    case 'hello':
    case 'summary':
    case 'inbox':
      return true;
    case 'page':
      return Number.isSafeInteger(json['after']);
    case 'queue':
      return (
        isText('key', 'text') && isJson(json['text']) && (json['when'] === 'now' || json['when'] === 'after')
      );
    case 'deliver':
      return isText('key', 'name', 'text') && isJson(json['text']);
    case 'command':
      return json['command'] === 'pause' || json['command'] === 'cancel';
    default:
      return false;
  }
}

/** What is recorded is read as JSON ever after. */
function isJson(text: unknown): boolean {
  try {
    JSON.parse(text as string);
    return true;
  } catch {
    return false;
  }
}
