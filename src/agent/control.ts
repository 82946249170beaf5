import { isJsonObject, type Message, PerigeeError, type QueuedMessage, type Session } from '../core/index.ts';
import { type ApprovalAnswer, answerOf } from './approval.ts';

/** How a run is steered while it goes on. */
export interface RunControl {
  /**
   * Says something to the model: before its next turn (`now`, the default), or once it has answered, when the run goes
   * on instead of ending (`after`). In a session it is on the disk when this resolves. Throws `invalid-options` when the
   * run is over.
   */
  steer(message: string | Message, when?: QueuedMessage['when']): Promise<void>;
  /**
   * Answers a call that waits for approval, by its id in the history. Returns whether it did wait and this answer was the
   * first.
   */
  approve(callId: string, answer: boolean | ApprovalAnswer): Promise<boolean>;
  /**
   * Ends the run at the next safe point with `paused`: an answer that is being written is let go, running tools are waited
   * for. A run with a session can be resumed.
   */
  pause(): void;
}

/** The inside of it: what the loop looks at. */
export class Steering implements RunControl {
  #opened: Promise<Session>;
  #open!: (session: Session) => void;
  #fail!: (error: unknown) => void;
  #paused = false;
  #isShut = false;
  readonly #onPause = new Set<() => void>();
  /** The names under which answers are waited for, by the ids of the calls. */
  readonly pending = new Map<string, string>();

  constructor() {
    this.#opened = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    this.#opened.catch(() => {});
  }

  async steer(message: string | Message, when: QueuedMessage['when'] = 'now'): Promise<void> {
    const said: Message = typeof message === 'string' ? { role: 'user', content: message } : message;
    // It is kept for ever: what no host takes must not get into a session.
    if (!isJsonObject(said) || typeof said.role !== 'string')
      throw invalid('A run is steered by a text or a message.');
    if (when !== 'now' && when !== 'after')
      throw invalid(`A run can be told something now or after, not ${when}.`);
    const session = await this.#opened;
    if (this.#isShut) throw overError();
    await session.queue({ when, message: said });
  }

  async approve(callId: string, answer: boolean | ApprovalAnswer): Promise<boolean> {
    const value = answerOf(answer);
    const session = await this.#opened;
    const name = this.pending.get(callId);
    if (name === undefined) return false;
    return (await session.deliver(name, value)).first;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    for (const listener of [...this.#onPause]) listener();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Calls `listener` when the run is to pause, until the returned function is called. */
  onPause(listener: () => void): () => void {
    this.#onPause.add(listener);
    return () => this.#onPause.delete(listener);
  }

  /** The session is there. */
  attach(session: Session): void {
    this.#isShut = false;
    this.#open(session);
  }

  /** Nobody looks at the queue any more, or somebody does again: what is said meanwhile is refused, not lost. */
  shut(isShut: boolean): void {
    this.#isShut = isShut;
  }

  /** The run is over. */
  close(): void {
    const error = overError();
    this.#fail(error);
    this.#opened = Promise.reject(error);
    this.#opened.catch(() => {});
  }
}

function invalid(message: string): PerigeeError {
  return new PerigeeError('invalid-options', message);
}

function overError(): PerigeeError {
  return new PerigeeError('invalid-options', 'The run is over: it can no longer be steered.', {
    remedy: 'Begin another run, with its messages or on its session.',
  });
}
