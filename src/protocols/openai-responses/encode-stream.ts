import type { Finish, PerigeeError, StreamEvent, ToolCallInvalid } from '../../core/index.ts';
import type { AnswerEncoder, EncodeOptions } from '../front/index.ts';
import { compactionItem } from './compaction.ts';
import { errorCode, errorType, streamErrorText } from './error-names.ts';
import type { Item, ResponsesReply } from './reply.ts';
import { type Ending, endingOf, responseHead } from './response-object.ts';
import { EventWriter } from './server-sent-events.ts';
import { type Block, MessageBlock, ReasoningBlock } from './stream-blocks.ts';
import { createStreamCall, type StreamCall } from './stream-call.ts';

type Options = EncodeOptions<ResponsesReply>;

/** Writes an answer as the events of the Responses API. */
export function createResponsesEncoder(options: Options): AnswerEncoder {
  return new ResponsesEncoder(options);
}

class ResponsesEncoder implements AnswerEncoder {
  /** A comment: some clients fail on events that they do not know. */
  readonly ping = ': ping\n\n';
  readonly #options: Options;
  readonly #writer = new EventWriter();
  /** The echo is the same in each response of the stream and may be large. */
  readonly #echo: string;
  /** The items that are done, by their places; a call that was cut leaves a hole. */
  readonly #output: Item[] = [];
  readonly #calls = new Map<number, StreamCall>();
  #block: Block | undefined;
  #places = 0;
  #thoughts = 0;
  #messages = 0;
  #blockPlace = 0;
  #summary = '';
  #wasCut = false;
  #ended = false;

  constructor(options: Options) {
    this.#options = options;
    this.#echo = JSON.stringify(options.reply.echo).slice(1);
  }

  begin(): string {
    const response = this.#response([]);
    return (
      this.#writer.response('response.created', response) +
      this.#writer.response('response.in_progress', response)
    );
  }

  push(event: StreamEvent): string {
    if (this.#ended) return '';
    if (this.#options.reply.compacts && this.#isOfSummary(event)) return '';
    switch (event.type) {
      case 'text-delta':
        if (event.delta === '') return '';
        return this.#opened('message') + this.#block!.push(event.delta);
      case 'reasoning-delta':
        return this.#reasoning(event.delta, event.signature);
      case 'tool-call-start': {
        const closed = this.#closeBlock('completed');
        const call = createStreamCall(event, this.#options, this.#writer, () => this.#places++);
        this.#calls.set(event.index, call);
        return closed + call.open();
      }
      case 'tool-call-delta':
        return event.delta === '' ? '' : (this.#calls.get(event.index)?.push(event.delta) ?? '');
      case 'tool-call-end':
        return this.#closeCall(event.index);
      case 'tool-call-invalid':
        return this.#invalid(event);
      case 'finish':
        return this.#finish(event);
      default:
        return event satisfies never;
    }
  }

  fail(error: PerigeeError): string {
    if (this.#ended) return '';
    return this.#failed(errorCode(error), errorType(error), streamErrorText(error));
  }

  /** Of a compaction only the thoughts are shown while they come, and no calls, which nobody would answer. */
  #isOfSummary(event: StreamEvent): boolean {
    if (event.type === 'text-delta') this.#summary += event.delta;
    return event.type === 'text-delta' || event.type === 'tool-call-start';
  }

  #reasoning(delta: string, signature: string | undefined): string {
    const carries = signature !== undefined && this.#options.reply.sealed;
    if (delta === '' && !carries) return '';
    const opened = this.#opened('reasoning');
    const block = this.#block as ReasoningBlock;
    block.signature = signature ?? block.signature;
    return opened + block.push(delta);
  }

  #opened(kind: Block['kind']): string {
    if (this.#block?.kind === kind) return '';
    const closed = this.#closeBlock('completed');
    this.#blockPlace = this.#places++;
    this.#block =
      kind === 'message'
        ? new MessageBlock(this.#options, this.#writer, this.#blockPlace, this.#messages++)
        : new ReasoningBlock(this.#options, this.#writer, this.#blockPlace, this.#thoughts++);
    return closed + this.#block.open();
  }

  #closeBlock(status: 'completed' | 'incomplete'): string {
    const block = this.#block;
    if (!block) return '';
    this.#block = undefined;
    const text = block.close(status);
    this.#output[this.#blockPlace] = block.item;
    return text;
  }

  #closeCall(index: number): string {
    const call = this.#calls.get(index);
    if (!call) return '';
    this.#calls.delete(index);
    const { text, item, outputIndex } = call.close();
    this.#output[outputIndex] = item;
    return text;
  }

  #invalid(event: ToolCallInvalid): string {
    if (event.reason === 'cut') this.#wasCut = true;
    if (event.index === undefined || event.reason === 'unresolved') return '';
    if (event.reason !== 'cut') return this.#closeCall(event.index);
    const call = this.#calls.get(event.index);
    this.#calls.delete(event.index);
    return call?.abandon(event.arguments) ?? '';
  }

  #finish(event: Finish): string {
    const { compacts } = this.#options.reply;
    const wasCut = this.#wasCut || event.truncated === true;
    const ending = endingOf(event.reason, wasCut, compacts ? this.#summary : undefined);
    let closed = this.#closeBlock(ending.status === 'completed' ? 'completed' : 'incomplete');
    if (ending.status === 'completed' && compacts) closed += this.#compaction();
    if (ending.error) {
      return closed + this.#failed(ending.error.code, 'server_error', ending.error.message, event.usage);
    }
    this.#ended = true;
    const response = this.#response(this.#done(), ending, event.usage);
    return closed + this.#writer.response(`response.${ending.status}`, response);
  }

  #compaction(): string {
    const item = compactionItem(this.#options, this.#summary);
    const place = { output_index: this.#places++, item };
    this.#output.push(item);
    return (
      this.#writer.event('response.output_item.added', place) +
      this.#writer.event('response.output_item.done', place)
    );
  }

  /**
   * Both events, in the order in which OpenAI sends them: its SDKs throw at the first, which has the message in both
   * of its forms, and do not notice the second; Codex notices the second only.
   */
  #failed(code: string, type: string, message: string, usage?: Finish['usage']): string {
    this.#ended = true;
    const error = { code, message };
    const ending: Ending = { status: 'failed', error };
    return (
      this.#writer.event('error', { ...error, param: null, error: { type, ...error, param: null } }) +
      this.#writer.response('response.failed', this.#response(this.#done(), ending, usage))
    );
  }

  /** The output without the holes. */
  #done(): Item[] {
    return Object.values(this.#output);
  }

  #response(output: readonly Item[], ending?: Ending, usage?: Finish['usage']): string {
    const head = JSON.stringify(responseHead(this.#options, output, ending, usage));
    return `${head.slice(0, -1)},${this.#echo}`;
  }
}
