import { type Intent, intend, type Outcome, type Session, stepUnder } from '../../core/index.ts';
import { runPath } from './record-name.ts';

/** What came of a step: `fresh` when its work was done now, not read from the record. */
export interface Stepped<T> {
  readonly value: T;
  readonly fresh: boolean;
}

/** The records of one run of a session. */
export class Journal {
  readonly session: Session;
  readonly #prefix: string;
  #onLive: (() => void) | undefined;

  /** `onLive` is called once, when something is done for the first time that is not on record. */
  constructor(session: Session, run: number, onLive?: () => void) {
    this.session = session;
    this.#prefix = runPath(run);
    this.#onLive = onLive;
  }

  /** The full name of a record. */
  name(part: string): string {
    return this.#prefix + part;
  }

  async step<T>(part: string, work: () => Promise<T>): Promise<Stepped<T>> {
    let fresh = false;
    const value = await this.session.step(this.name(part), () => {
      fresh = true;
      this.goLive();
      return work();
    });
    return { value, fresh };
  }

  /**
   * Records that effects are about to begin, unless `mayBegin` says that they may not any more: undefined then, and
   * nothing is recorded. `calls`: their positions in the turn. The step is begun all the same, so that the order of the steps is that of every replay.
   */
  async intend(part: string, calls: readonly number[], mayBegin: () => boolean): Promise<Intent | undefined> {
    const refusal = new Error('The run leaves off.');
    const step = async <T>(_name: string, work: () => Promise<T>): Promise<T> => {
      const { value } = await this.step(part, async () => {
        if (!mayBegin()) throw refusal;
        // Which calls, so that they are known again when they would begin in another group.
        return { ...(await work()), calls };
      });
      return value;
    };
    try {
      return await intend({ step }, this.name(part));
    } catch (error) {
      if (error === refusal) return undefined;
      throw error;
    }
  }

  /** A step whose work must not be done twice; see `stepUnder` of the core. */
  async stepUnder<T, R>(
    part: string,
    intent: Intent,
    work: () => Promise<T>,
    finish: (outcome: Outcome<T>) => R,
  ): Promise<Stepped<R>> {
    let fresh = false;
    const step = async <V>(_name: string, inner: () => Promise<V>): Promise<V> => {
      const stepped = await this.step(part, inner);
      fresh = stepped.fresh;
      return stepped.value;
    };
    const value = await stepUnder({ step }, this.name(part), intent, work, finish);
    return { value, fresh };
  }

  wait<T>(part: string): Promise<T> {
    return this.session.wait<T>(this.name(part));
  }

  /** What was on record is behind us. */
  goLive(): void {
    const onLive = this.#onLive;
    this.#onLive = undefined;
    onLive?.();
  }
}
