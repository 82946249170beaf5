import type { ToolCallStart } from '../../core/index.ts';
import { clientCallId, type EncodeOptions, spoilerOf } from '../front/index.ts';
import { deltaHead, deltaText, eventText } from './event-text.ts';
import type { MessagesReply } from './messages-reply.ts';
import { sealThinking } from './seal-thinking.ts';

type Open = 'none' | 'text' | 'thinking' | 'call';

/** Writes content blocks, one after the other, their indexes contiguous from 0. */
export class BlockWriter {
  readonly #options: EncodeOptions<MessagesReply>;
  #index = -1;
  #open: Open = 'none';
  #head = '';
  /** Of the open thinking block. */
  #reasoning: string[] = [];
  #signature: string | undefined;
  /** The open call's arguments hold more than white space. */
  #hasArguments = false;

  constructor(options: EncodeOptions<MessagesReply>) {
    this.#options = options;
  }

  text(delta: string): string {
    if (this.#open === 'text') return deltaText(this.#head, delta);
    if (delta === '') return '';
    const begin = this.#begin('text', { type: 'text', text: '' }, 'text_delta', 'text');
    return begin + deltaText(this.#head, delta);
  }

  thinking(delta: string, signature: string | undefined): string {
    if (delta === '' && signature === undefined) return '';
    const thinking = { type: 'thinking', thinking: '', signature: '' };
    const begin =
      this.#open === 'thinking' ? '' : this.#begin('thinking', thinking, 'thinking_delta', 'thinking');
    this.#signature = signature ?? this.#signature;
    if (delta === '') return begin;
    this.#reasoning.push(delta);
    return this.#options.reply.hideReasoning ? begin : begin + deltaText(this.#head, delta);
  }

  beginCall(call: ToolCallStart): string {
    const id = clientCallId('toolu', this.#options.id, call);
    this.#hasArguments = false;
    const block = { type: 'tool_use', id, name: call.name, input: {} };
    return this.#begin('call', block, 'input_json_delta', 'partial_json');
  }

  callArguments(delta: string): string {
    if (delta === '') return '';
    this.#hasArguments ||= delta.trim() !== '';
    return deltaText(this.#head, delta);
  }

  /** Closes the open call; no arguments at all mean an empty object. */
  endCall(): string {
    return (this.#hasArguments ? '' : deltaText(this.#head, '{}')) + this.end();
  }

  /** Closes the open call, whose arguments are not JSON that anybody should complete. */
  endSpoiledCall(written: string): string {
    return deltaText(this.#head, spoilerOf(written)) + this.end();
  }

  /**
   * The answer broke off in the open call. Its block is never closed, so clients that run a call at its end do not
   * run this one, and its arguments are spoiled for those that look at what is there; `written`: those so far.
   */
  abandonCall(written?: string): string {
    return deltaText(this.#head, spoilerOf(written));
  }

  /** Closes the open block, if there is one. */
  end(): string {
    if (this.#open === 'none') return '';
    const sealed = this.#open === 'thinking' ? this.#seal() : '';
    this.#open = 'none';
    return sealed + eventText({ type: 'content_block_stop', index: this.#index });
  }

  #begin(kind: Open, block: Record<string, unknown>, deltaType: string, field: string): string {
    const end = this.end();
    this.#open = kind;
    this.#index++;
    this.#head = deltaHead(this.#index, deltaType, field);
    return end + eventText({ type: 'content_block_start', index: this.#index, content_block: block });
  }

  #seal(): string {
    const signature = sealThinking(this.#options, this.#reasoning.join(''), this.#signature);
    this.#reasoning = [];
    this.#signature = undefined;
    return deltaText(deltaHead(this.#index, 'signature_delta', 'signature'), signature);
  }
}
