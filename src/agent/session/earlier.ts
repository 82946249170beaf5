import type { Intent, JournalRecord, Message, Session } from '../../core/index.ts';
import type { CutPlan } from '../context/index.ts';
import { contentOf } from '../limits/repeats.ts';
import type { CallResult } from '../result.ts';
import { type RecordName, readRecordName } from './record-name.ts';
import type { BeginRecord, EndRecord, MoreRecord, PromptRecord, TurnRecord } from './records.ts';

/** What a session has on record. */
export interface Earlier {
  /** The conversation up to the last run that was brought to its end, or all of it if that is the last one. */
  readonly messages: readonly Message[];
  /** How many runs there are. */
  readonly runs: number;
  /** How the last run ended; undefined when it did not, and there is something to go on with. */
  readonly end: EndRecord | undefined;
  /** Entries of the queue that those runs have looked at. */
  readonly queueSeen: number;
  readonly moreSeen: number;
  /** The last cut of those runs: it alone gives what all of them gave. */
  readonly cut: { readonly plan: CutPlan; readonly summary: string | undefined } | undefined;
  /** The steps of the last run with calls that wait or waited for a person. */
  readonly asked: ReadonlySet<number>;
  /** The calls of the last run that had begun and must not begin again, as `STEP/INDEX`. */
  readonly begun: ReadonlyMap<string, Intent>;
  /**
   * The calls of the last run, as `STEP/INDEX`, that have a result though nobody has answered whether they may run: their
   * tool was gone for a while. Nobody need answer any more.
   */
  readonly settled: ReadonlySet<string>;
}

/** Reads what a session has on record. */
export async function readEarlier(session: Session, shown: ShownAs): Promise<Earlier> {
  const reader = new EarlierReader(shown);
  for await (const record of session.records()) reader.add(record);
  return reader.read();
}

/** How the model reads a result that is on record under a name. */
export type ShownAs = (result: CallResult, record: string) => string;

/** Puts the messages of a session together from its records, in the order in which they were written. */
class EarlierReader {
  readonly #shown: ShownAs;
  /** Of the runs that are over. */
  #messages: Message[] = [];
  /** Of the run that is being read. */
  #run: Message[] = [];
  #step: StepReader | undefined;
  #runs = 0;
  readonly #asked = new Set<number>();
  readonly #begun = new Map<string, Intent>();
  readonly #answered = new Set<string>();
  readonly #done = new Set<string>();
  #end: EndRecord | undefined;
  readonly #seen = { queue: 0, more: 0 };
  #cut: Earlier['cut'];
  #cutInRun: Earlier['cut'];
  readonly #seenInRun = { queue: 0, more: 0 };

  /** `shown`: default the whole result. */
  constructor(shown: ShownAs = contentOf) {
    this.#shown = shown;
  }

  add(record: JournalRecord): void {
    const place = readRecordName(record.name);
    if (!place) return;
    const { value } = record;
    if (place.part === 'prompt') this.#begin(value as PromptRecord, place.run);
    else if (place.part === 'end') this.#finish(value as EndRecord);
    else if (place.part === 'turn') this.#turn(value as TurnRecord);
    else if (place.part.startsWith('begin-')) this.#intent(value as BeginRecord, place.step ?? 0);
    else if (place.part === 'approvals') this.#asked.add(place.step ?? 0);
    else if (place.part === 'more') this.#more(value as MoreRecord);
    else if (place.part === 'call') this.#result(place, value as CallResult, record.name);
    else if (place.part === 'approval') this.#answered.add(callKey(place));
  }

  read(): Earlier {
    const { queue, more } = this.#seen;
    return {
      messages: this.#messages,
      runs: this.#runs,
      end: this.#end,
      queueSeen: queue,
      moreSeen: more,
      cut: this.#cut,
      asked: this.#asked,
      begun: this.#begun,
      settled: new Set([...this.#done].filter((call) => !this.#answered.has(call))),
    };
  }

  #begin({ messages }: PromptRecord, run: number): void {
    this.#runs = run + 1;
    this.#asked.clear();
    this.#begun.clear();
    this.#answered.clear();
    this.#done.clear();
    this.#end = undefined;
    this.#run.push(...messages);
  }

  #turn(turn: TurnRecord): void {
    this.#closeStep();
    this.#seenInRun.queue = turn.queueSeen;
    this.#run.push(...(turn.steered ?? []));
    this.#step = { turn, results: [] };
    if (turn.cut) this.#cutInRun = { plan: turn.cut, summary: turn.summary?.text };
  }

  #intent(intent: BeginRecord, step: number): void {
    for (const index of intent.calls ?? []) this.#begun.set(`${step}/${index}`, intent);
  }

  #result(place: RecordName, result: CallResult, record: string): void {
    this.#done.add(callKey(place));
    this.#step?.results.push({ result, content: this.#shown(result, record) });
  }

  #more({ queueSeen, messages }: MoreRecord): void {
    this.#closeStep();
    this.#seenInRun.more = queueSeen;
    this.#seenInRun.queue = Math.max(this.#seenInRun.queue, queueSeen);
    this.#run.push(...messages);
  }

  #closeStep(): void {
    if (this.#step) this.#run.push(...messagesOf(this.#step));
    this.#step = undefined;
  }

  #finish(end: EndRecord): void {
    this.#closeStep();
    // In a loop: there may be more of them than a call takes arguments.
    for (const message of this.#run) this.#messages.push(message);
    this.#run = [];
    this.#end = end;
    Object.assign(this.#seen, this.#seenInRun);
    this.#cut = this.#cutInRun;
  }
}

/** A call of a run, as the sets of `Earlier` have it. */
function callKey({ step, call }: RecordName): string {
  return `${step}/${call}`;
}

interface StepReader {
  readonly turn: TurnRecord;
  readonly results: { readonly result: CallResult; readonly content: string }[];
}

/** The messages of a step: the turn, its results in the order of the calls, what could not be said in a result. */
function messagesOf({ turn: { message, note }, results }: StepReader): Message[] {
  const inOrder = [...results].sort((a, b) => a.result.index - b.result.index);
  return [
    ...(message ? [message] : []),
    ...inOrder.map(
      ({ result, content }): Message => ({
        role: 'tool',
        toolCallId: result.id,
        name: result.name,
        content,
      }),
    ),
    ...(note ? [note] : []),
  ];
}
