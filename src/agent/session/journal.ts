import { type Intent, intend, type Outcome, type Session, stepUnder } from '../../core/index.ts';

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
    this.#prefix = `run-${run}/`;
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

  intend(part: string): Promise<Intent> {
    return intend(this.session, this.name(part));
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
