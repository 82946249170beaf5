import { PerigeeError, type ToolDeclaration, TurnAssembler } from '../../core/index.ts';
import { decodeChatText, type RawResponse, type RawSender } from '../../upstream/index.ts';
import type { CaseTool, Mode } from '../case.ts';
import type { LeakedCall, SeenAnswer, SeenProblem, SeenTimes } from './seen.ts';
import { errorText, readWhole, StreamReader } from './stream-reader.ts';

/** What came of one request. */
export interface Asked {
  readonly answer?: SeenAnswer;
  readonly problem?: SeenProblem;
  readonly times: SeenTimes;
  /** Milliseconds that the host asked to wait. */
  readonly retryAfterMs?: number;
}

/** What asking needs from outside. */
export interface Surroundings {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What hosts say when waiting is of no use. A quota by the minute is none of it. */
const NO_MONEY =
  /exceeded_current_quota|insufficient[_ ](?:quota|balance|funds|credit)|billing|suspended|recharge/i;
/** Characters of an answer that are read: no model writes more. */
const LONGEST_ANSWER = 64 * 1024 * 1024;
/** Characters of an error page that are kept. */
const LONGEST_MESSAGE = 600;

/** Sends one request and reads what comes, byte by byte and with the clock. Throws only when it is cancelled. */
export async function askOnce(
  sender: RawSender,
  body: unknown,
  mode: Mode,
  tools: readonly CaseTool[],
  { now, signal }: Surroundings,
): Promise<Asked> {
  const clock = new Clock(now);
  try {
    const response = await sender.send(JSON.stringify(body), signal);
    if (response.status >= 300) return await refusal(response, clock);
    return mode === 'stream'
      ? await readStream(response, tools, clock)
      : await readJson(response, tools, clock);
  } catch (error) {
    if (!(error instanceof PerigeeError) || signal.aborted) throw error;
    return { problem: { code: error.code, message: error.message }, times: clock.times() };
  }
}

class Clock {
  readonly #now: () => number;
  readonly #start: number;
  #lastByte: number | undefined;
  #longestSilence = 0;
  #firstEvent: number | undefined;
  #firstCall: number | undefined;
  #lastEvent: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  /** Bytes came. */
  bytes(): void {
    const at = this.#now();
    this.#longestSilence = Math.max(this.#longestSilence, at - (this.#lastByte ?? at));
    this.#lastByte = at;
  }

  event(isCall: boolean): void {
    const since = (this.#lastByte ?? this.#now()) - this.#start;
    this.#firstEvent ??= since;
    if (isCall) this.#firstCall ??= since;
    this.#lastEvent = since;
  }

  times(): SeenTimes {
    const now = this.#now();
    return {
      total: now - this.#start,
      longestSilence: Math.max(this.#longestSilence, now - (this.#lastByte ?? now)),
      ...(this.#firstEvent !== undefined && { firstEvent: this.#firstEvent }),
      ...(this.#firstCall !== undefined && { firstCall: this.#firstCall }),
      ...(this.#lastEvent !== undefined && { lastEvent: this.#lastEvent }),
    };
  }
}

async function refusal(response: RawResponse, clock: Clock): Promise<Asked> {
  const text = await readText(response, clock);
  const { status } = response;
  const message =
    status < 400
      ? `it answers HTTP ${status} and sends on to another address`
      : messageOf(text) || `HTTP ${status} without a word`;
  return {
    problem: { code: codeOf(status, text), message, status },
    times: clock.times(),
    ...retryAfter(response.headers),
  };
}

/** What a status means for whoever measures: try later, try again, stop, or write down that it is refused. */
function codeOf(status: number, text: string): string {
  if (status === 429) return NO_MONEY.test(text) ? 'quota-exceeded' : 'rate-limited';
  if (status === 401) return 'wrong-api-key';
  if (status === 402) return 'quota-exceeded';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 405) return 'not-found';
  if (status < 400) return 'moved';
  if (status === 503 || status === 529) return 'overloaded';
  return status >= 500 ? 'server-error' : 'refused';
}

function messageOf(text: string): string {
  let said = text;
  try {
    const json: unknown = JSON.parse(text);
    said = errorText((json as { error?: unknown } | null)?.error ?? json);
  } catch {
    // A page or plain words.
  }
  return said.replace(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
}

function retryAfter(headers: RawResponse['headers']): { retryAfterMs?: number } {
  const ms = Number(headers['retry-after-ms']);
  if (Number.isFinite(ms) && ms >= 0 && headers['retry-after-ms'] !== undefined) return { retryAfterMs: ms };
  const after = headers['retry-after'];
  if (after === undefined) return {};
  const seconds = /^\d+(\.\d+)?$/.test(after.trim())
    ? Number(after)
    : (Date.parse(after) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? { retryAfterMs: Math.max(0, seconds * 1000) } : {};
}

async function readText({ body }: RawResponse, clock: Clock): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  for await (const bytes of body) {
    clock.bytes();
    parts.push(decoder.decode(bytes, { stream: true }));
    length += bytes.length;
    if (length > LONGEST_ANSWER) break;
  }
  parts.push(decoder.decode());
  return parts.join('');
}

async function readJson(response: RawResponse, tools: readonly CaseTool[], clock: Clock): Promise<Asked> {
  const text = await readText(response, clock);
  const read = readWhole(text);
  if (!read) {
    const isError = /"error"/.test(text.slice(0, 200));
    const problem = { code: isError ? 'stream-error' : 'not-json', message: messageOf(text) };
    return { problem, times: clock.times() };
  }
  clock.event(read.calls.length > 0);
  return { answer: { ...read, leaked: leakedIn(text, tools) }, times: clock.times() };
}

async function readStream(response: RawResponse, tools: readonly CaseTool[], clock: Clock): Promise<Asked> {
  const reader = new StreamReader();
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let problem: SeenProblem | undefined;
  let length = 0;
  try {
    for await (const bytes of response.body) {
      clock.bytes();
      const text = decoder.decode(bytes, { stream: true });
      parts.push(text);
      if (reader.push(text)) clock.event(reader.hasCall);
      length += bytes.length;
      if (length > LONGEST_ANSWER) throw new PerigeeError('stream-error', 'The answer has no end.');
    }
  } catch (error) {
    if (!(error instanceof PerigeeError) || error.code === 'aborted') throw error;
    problem = { code: error.code, message: error.message };
  }
  const times = clock.times();
  const text = parts.join('');
  // What never ends is kept by nobody, and what is no stream at all is no answer.
  if (length > LONGEST_ANSWER && problem) return { problem, times };
  const read = reader.answer();
  // Some hosts answer a request for a stream with a whole answer.
  const whole = reader.hasBegun || read.finishReason !== null ? undefined : readWhole(text);
  if (reader.error !== undefined) problem = { code: 'stream-error', message: messageOf(reader.error) };
  else if (!problem && !whole && !reader.hasEvents && /^\s*[^\s{]/.test(text)) {
    return { problem: { code: 'not-json', message: messageOf(text) }, times };
  } else if (!problem && !whole && !read.done && read.finishReason === null) {
    problem = { code: 'stream-cut', message: 'The stream ended without a finish reason and without [DONE].' };
  }
  const answer = { ...(whole ?? read), ...(whole && { done: false }), leaked: leakedIn(text, tools) };
  return { answer, times, ...(problem && { problem }) };
}

/** The calls that stand in content or reasoning, as Perigee's own parser finds them. */
function leakedIn(text: string, tools: readonly CaseTool[]): LeakedCall[] {
  let found = 0;
  const declared: ToolDeclaration[] = tools.map((tool) => tool);
  const { events } = decodeChatText(text, { tools: declared, format: 'auto', onTextCall: () => found++ });
  if (found === 0) return [];
  const turn = new TurnAssembler();
  for (const event of events) turn.push(event);
  const { calls, unresolved } = turn.turn();
  const all = [...calls, ...unresolved.map((call) => ({ name: undefined, arguments: call.arguments }))];
  // Which of them stood in the text is not told; the last ones are as good an example as any.
  return Array.from({ length: found }, (_, position) => {
    const call = all[all.length - found + position];
    return { ...(call?.name !== undefined && { name: call.name }), arguments: call?.arguments ?? '' };
  });
}
