import {
  addUsage,
  CallIds,
  type Finish,
  type ModelRequest,
  type StreamEvent,
  TextParts,
  type Usage,
} from '../../core/index.ts';
import { createReparser, type ParserOptions, type Reparser } from '../../formats/index.ts';
import type { AnswerWire } from '../answer-machine.ts';
import type { Continuation, ContinuationOptions, Part } from './continued.ts';
import { didNotGoOn, roomFor } from './limits.ts';
import { endsInside, goesOn, isOpenObject } from './open-call.ts';
import { Released } from './released.ts';

/** Characters of an answer that are sent again. */
const LONGEST = 4 * 1024 * 1024;

export interface ChatAnswer {
  readonly request: ModelRequest;
  /** `ids` is made anew for each reading. */
  readonly parsing: Omit<ParserOptions, 'ids'>;
  readonly options: ContinuationOptions;
  readonly contextWindow: number | undefined;
  /** The reader of one response, around the given stage. */
  wire(stage: AnswerWire['stage']): AnswerWire;
  body(): Record<string, unknown>;
  /** The request that goes on behind what the model has written so far. */
  bodyBehind(reasoning: string, written: string, maxTokens: number): Record<string, unknown>;
}

/**
 * Reads an answer that a host has taken apart, rightly or not, and that may come in parts. What was handed on is
 * written again as the model writes it; a new reader reads that first, so that it stands where the old one stood.
 */
export class ChatContinuation implements Continuation {
  held: (() => readonly StreamEvent[]) | undefined;
  readonly #answer: ChatAnswer;
  #reparser: Reparser;
  readonly #released = new Released();
  /** Text as the host sent it, and whether it also sent calls. */
  readonly #content = new TextParts();
  #hasHostCalls = false;
  #sent = 0;
  /** Of all parts, and of the last. */
  #usage: Usage | undefined;
  #lastUsage: Usage | undefined;
  /** The first characters of the rest, until it is clear that it is the rest. */
  #doubtful: string | undefined;
  #refused = false;

  constructor(answer: ChatAnswer) {
    this.#answer = answer;
    this.#reparser = this.#newReparser();
  }

  first(): Part {
    return { body: this.#answer.body, wire: this.#wire() };
  }

  followUp(): Part | undefined {
    const { options, contextWindow } = this.#answer;
    const released = this.#released;
    if (this.#sent >= (options.max ?? 2) || this.#refused || released.isOdd) return undefined;
    const room = roomFor(options.tokens, contextWindow, this.#lastUsage);
    const found = room === undefined ? undefined : this.#prefix();
    if (room === undefined || !found) return undefined;
    this.#sent++;
    this.#reparser = found.reparser;
    this.#content.set(found.written);
    this.#hasHostCalls = false;
    this.#doubtful = '';
    const { bodyBehind } = this.#answer;
    return { body: () => bodyBehind(released.reasoning, found.written, room), wire: this.#wire() };
  }

  /** What the model has written behind its reasoning, and a reader that has read it as it was handed on. */
  #prefix(): { readonly written: string; readonly reparser: Reparser } | undefined {
    const raw = behindThinking(this.#content.toString());
    const candidates = [this.#released.native()];
    // What is read again here was told of when it came.
    const { onTextCall: _, ...parsing } = this.#answer.parsing;
    // As it came, it is also what the engine has in its cache.
    if (!this.#hasHostCalls && endsInside(raw)) candidates.unshift(raw);
    for (const written of candidates) {
      if (written.length > LONGEST) continue;
      const reparser = createReparser({
        ...parsing,
        format: 'kimi',
        startInReasoning: false,
        ids: this.#ids(),
      });
      const read = new Released();
      for (const event of reparser.push({ type: 'text-delta', delta: written })) read.add(event);
      if (this.#released.equals(read)) return { written, reparser };
    }
    return undefined;
  }

  #ids(): CallIds {
    return CallIds.of(this.#answer.request.messages);
  }

  #newReparser(): Reparser {
    return createReparser({ ids: this.#ids(), ...this.#answer.parsing });
  }

  #wire(): AnswerWire {
    return this.#answer.wire({ push: (event) => this.#push(event) });
  }

  #push(event: StreamEvent): StreamEvent[] {
    if (event.type === 'finish') return this.#finish(event);
    if (this.#refused) return [];
    if (this.#doubtful === undefined) return this.#read(event);
    if (event.type === 'text-delta' || event.type === 'reasoning-delta') {
      this.#doubtful += event.delta;
      return this.#resolve(false);
    }
    // A call that the host took apart cannot be the rest of the one that is open.
    const { open } = this.#released;
    if (this.#doubtful === '' && open && isOpenObject(open.text || '{')) this.#refuse();
    return [...this.#resolve(true), ...this.#read(event)];
  }

  /** Lets the doubtful beginning through once it is none any more; throws when it is no rest of this answer. */
  #resolve(isWhole: boolean): StreamEvent[] {
    const text = this.#doubtful!;
    const verdict = goesOn(
      text,
      { raw: behindThinking(this.#content.toString()), openArguments: this.#released.open?.text },
      isWhole,
    );
    if (verdict === undefined) return [];
    this.#doubtful = undefined;
    if (!verdict) this.#refuse();
    // Whatever the host takes it for, it goes on inside the call.
    return this.#read({ type: 'text-delta', delta: text });
  }

  #refuse(): never {
    this.#doubtful = undefined;
    this.#refused = true;
    throw didNotGoOn();
  }

  #read(event: StreamEvent): StreamEvent[] {
    if (event.type === 'text-delta') {
      if (this.#content.length <= LONGEST) this.#content.add(event.delta);
    } else if (event.type === 'tool-call-start') this.#hasHostCalls = true;
    const read = this.#reparser.push(event);
    for (const each of read) this.#released.add(each);
    return read;
  }

  #finish(event: Finish): StreamEvent[] {
    const { usage } = event;
    if (usage) this.#usage = this.#usage ? addUsage(this.#usage, usage) : usage;
    this.#lastUsage = usage;
    // A host that adds nothing has nothing to add.
    if (this.#doubtful === '') this.#refused = true;
    if (this.#refused) return [];
    let rest: StreamEvent[] = [];
    if (this.#doubtful !== undefined) {
      try {
        rest = this.#resolve(true);
      } catch (error) {
        if (!this.#refused) throw error;
        return [];
      }
    }
    const last = this.#reparser.push(event);
    const isCut = this.#isCut(event, last);
    this.held = isCut ? () => last.map((each) => this.#total(each)) : undefined;
    return isCut ? rest : [...rest, ...last.map((each) => this.#total(each))];
  }

  #total(event: StreamEvent): StreamEvent {
    return event.type === 'finish' && this.#usage ? { ...event, usage: this.#usage } : event;
  }

  /** Whether the answer ended inside a call, or between the calls of a section for want of tokens. */
  #isCut({ reason, rawReason }: Finish, last: readonly StreamEvent[]): boolean {
    const { options, request } = this.#answer;
    if (options.max === 0 || options.tokens === 0) return false;
    const outOfTokens = reason === 'length' || rawReason === 'length';
    // A stop sequence ends an answer wherever it is.
    if (!outOfTokens && request.stop?.length) return false;
    const cut = last.some(
      (event) =>
        event.type === 'tool-call-invalid' &&
        (event.reason === 'cut' || (event.reason === 'invalid-arguments' && isOpenObject(event.arguments))),
    );
    if (cut || this.#hasHostCalls) return cut;
    const truncated = last.some((event) => event.type === 'finish' && event.truncated);
    return (outOfTokens || truncated) && endsInside(this.#content.toString());
  }
}

/** What follows the reasoning that a host left in the content. */
function behindThinking(content: string): string {
  const at = content.indexOf('</think>');
  return at < 0 ? content : content.slice(at + '</think>'.length);
}
