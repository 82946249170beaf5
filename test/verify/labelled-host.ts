import type { ServerResponse } from 'node:http';
import { answerJson, chunk, type Served, serve, sse } from '../upstream/server.ts';
import { type Asked, askedBy, type LabelledAnswer, labelledAnswer, type WireBody } from './labelled.ts';

/** What is wrong with a host. */
export interface Faults {
  /** Answers with something else than a model's answer. Returns whether it did. */
  readonly instead?: (response: ServerResponse, body: WireBody, asked: Asked) => boolean;
  /** What it makes of the right answer. */
  readonly spoil?: (answer: LabelledAnswer, asked: Asked, body: WireBody) => LabelledAnswer | undefined;
  /** How it sends deltas of calls. */
  readonly callDeltas?: (call: LabelledAnswer['calls'][number], index: number) => object[];
  /** What it makes of the events of a stream. */
  readonly events?: (events: unknown[]) => unknown[];
  /** What it makes of a whole answer. */
  readonly whole?: (message: Record<string, unknown>, choice: Record<string, unknown>) => object;
  /** What it makes of the text of an event. */
  readonly written?: (text: string) => string;
  /** What happens before each event. Default: nothing. */
  readonly before?: (position: number) => Promise<void>;
}

const USAGE = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };

/** A host on a free port that answers the suite by its labels, apart from its faults. */
export function labelledHost(faults: Faults = {}): Promise<Served> {
  return serve((response, { path, body }) => {
    if (path.endsWith('/models')) {
      answerJson(response, 200, { data: [{ id: 'kimi-k2.6' }] });
      return;
    }
    const wire = JSON.parse(body) as WireBody;
    const asked = askedBy(wire.messages);
    if (faults.instead?.(response, wire, asked)) return;
    const right = labelledAnswer(wire);
    const answer = faults.spoil?.(right, asked, wire) ?? right;
    if (wire.stream) void stream(response, answer, faults);
    else answerJson(response, 200, wholeOf(answer, faults));
  });
}

function wholeOf({ reasoning, content, calls, finishReason }: LabelledAnswer, { whole }: Faults): object {
  const message = {
    role: 'assistant',
    content,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls.map(wireCall) }),
  };
  const choice = { index: 0, finish_reason: finishReason };
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ ...choice, message: whole?.(message, choice) ?? message }],
    usage: USAGE,
  };
}

function wireCall({ id, name, arguments: text }: LabelledAnswer['calls'][number]): object {
  return { ...(id !== '' && { id }), type: 'function', function: { name, arguments: text } };
}

async function stream(response: ServerResponse, answer: LabelledAnswer, faults: Faults): Promise<void> {
  const { before, callDeltas = incrementally, events = (all) => all, written = (text) => text } = faults;
  const { reasoning, content, calls, finishReason } = answer;
  const deltas = [
    ...pieces(reasoning, 9).map((piece) => ({ reasoning_content: piece })),
    ...pieces(content, 9).map((piece) => ({ content: piece })),
    ...calls.flatMap(callDeltas),
  ];
  const all = events([
    chunk({ role: 'assistant', content: '' }),
    ...deltas.map((delta) => chunk(delta)),
    { ...chunk({}, finishReason), usage: USAGE },
    '[DONE]',
  ]);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const [position, event] of all.entries()) {
    await before?.(position);
    response.write(written(sse(event)));
  }
  response.end();
}

/** Deltas of a call as they should be: the head, then the arguments as they are written. */
export function incrementally(call: LabelledAnswer['calls'][number], index: number): object[] {
  const { id, name, arguments: text } = call;
  const head = { index, ...(id !== '' && { id }), type: 'function', function: { name, arguments: '' } };
  return [
    { tool_calls: [head] },
    ...pieces(text, 40).map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ];
}

/** The whole call in one delta. */
export function inOneLump(call: LabelledAnswer['calls'][number], index: number): object[] {
  return [{ tool_calls: [{ index, ...wireCall(call) }] }];
}

function pieces(text: string, size: number): string[] {
  const found: string[] = [];
  // By characters: half of one cannot be written as UTF-8.
  const characters = [...text];
  for (let at = 0; at < characters.length; at += size) found.push(characters.slice(at, at + size).join(''));
  return found;
}
