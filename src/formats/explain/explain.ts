import { finishReasonOf, type StreamEvent, type Turn, TurnAssembler } from '../../core/index.ts';
import { CallEmitter } from '../engine/call-emitter.ts';
import { DeclaredTools } from '../engine/declared-tools.ts';
import { finishOf } from '../engine/finish.ts';
import { DEFAULT_MAX_ARGUMENT_LENGTH, type EndOfText, type ParserOptions } from '../parser.ts';
import { type Fate, FateReader, type Group, type PieceKind } from './reader.ts';
import { REASONS } from './reasons-data.ts';
import { WatchedMachine } from './watched.ts';

/** A call that came of a piece. */
export interface ExplainedCall {
  /** Absent: the tool cannot be named, or the call was cut before it could. */
  readonly index?: number;
  readonly id?: string;
  readonly name?: string;
  readonly arguments: string;
  /** Absent: the call may be run. */
  readonly problem?: 'unresolved' | 'undeclared' | 'invalid-arguments' | 'cut';
}

/** A piece of raw model text, what it was read as and what it became. */
export interface ExplainedPiece {
  /** Positions in the text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /**
   * `header`, `arguments`: of a native call; `call`: a call in another format; `noise`, `rest`: dropped. Text and
   * reasoning may be dropped in parts.
   */
  readonly kind: PieceKind;
  readonly why: string;
  /** What of it stands in the answer's content or reasoning. */
  readonly became: string;
  /** The calls that end in this piece. */
  readonly calls: readonly ExplainedCall[];
}

/** How a text was read. The texts of the pieces, one behind the other, are the text. */
export interface Explained {
  readonly pieces: readonly ExplainedPiece[];
  /** The same as `parse` gives. */
  readonly turn: Turn;
}

/**
 * Reads a whole answer as `parse` does and says of each piece what it became and why. For people: it is slower than the
 * parser, which knows nothing of it.
 */
export function explain(text: string, options: ParserOptions & EndOfText = {}): Explained {
  const events: StreamEvent[] = [];
  const send = (event: StreamEvent) => void events.push(event);
  const tools = DeclaredTools.of(options.tools);
  const calls = new CallEmitter(tools, options.ids, send);
  const reader = new FateReader(text);
  const machine = new WatchedMachine(
    {
      tools,
      calls,
      send,
      format: options.format ?? 'auto',
      startInReasoning: options.startInReasoning ?? false,
      maxArgumentLength: options.maxArgumentLength ?? DEFAULT_MAX_ARGUMENT_LENGTH,
    },
    events,
    (step) => reader.step(step),
  );
  const reported = finishReasonOf(options.rawReason);
  machine.push(text);
  machine.end(reported === 'length');
  reader.end();
  send(finishOf(calls, machine.truncated, reported, options));
  const assembler = new TurnAssembler();
  for (const event of events) assembler.push(event);
  const turn = assembler.turn();
  return { pieces: piecesOf(text, reader.fates, turn), turn };
}

interface Run {
  readonly from: number;
  to: number;
  readonly fate: Fate;
}

function piecesOf(text: string, fates: readonly Fate[], turn: Turn): ExplainedPiece[] {
  const shown = { text: new Shown(turn.content), reasoning: new Shown(turn.reasoning) };
  const runs: Run[] = [];
  for (const [position, fate] of fates.entries()) {
    const last = runs.at(-1);
    if (last && isSame(last.fate, fate)) last.to = position + 1;
    else runs.push({ from: position, to: position + 1, fate });
  }
  // The calls of a group stand where its arguments end.
  const lastOf = new Map<Group, Run>();
  for (const run of runs) if (run.fate.group && run.fate.kind !== 'marker') lastOf.set(run.fate.group, run);
  for (const run of runs) if (run.fate.group && !lastOf.has(run.fate.group)) lastOf.set(run.fate.group, run);
  return runs.map((run) => {
    const { from, to, fate } = run;
    const part = text.slice(from, to);
    const channel = fate.kind === 'text' || fate.kind === 'reasoning' ? shown[fate.kind] : undefined;
    const became = channel?.take(part) ?? '';
    const made = fate.group && lastOf.get(fate.group) === run ? callsOf(fate.group.events) : [];
    return {
      from,
      to,
      text: part,
      kind: fate.kind,
      why: whyOf(fate, part, became, channel),
      became,
      calls: made,
    };
  });
}

/** Each marker is a piece of its own; of all else, what was read as the same is one piece. */
function isSame(a: Fate, b: Fate): boolean {
  if (a.kind === 'marker' || b.kind === 'marker') return a === b;
  return a.kind === b.kind && a.why === b.why && a.group === b.group && a.again === b.again;
}

function whyOf({ why, again }: Fate, part: string, became: string, channel: Shown | undefined): string {
  if (channel && became !== part)
    return part.trim() === '' || /^\s*\w+\s*$/.test(part) ? REASONS.structural : REASONS.seam;
  return again ? REASONS.again : why;
}

/** A text of the answer, of which each piece takes its part in order. */
class Shown {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(part: string): string {
    const from = this.#at;
    if (this.#text.startsWith(part, from)) this.#at += part.length;
    else for (const unit of part.split('')) if (this.#text[this.#at] === unit) this.#at++;
    return this.#text.slice(from, this.#at);
  }
}

function callsOf(events: readonly StreamEvent[]): ExplainedCall[] {
  const calls: { -readonly [K in keyof ExplainedCall]: ExplainedCall[K] }[] = [];
  const started = (index: number) => calls.find((call) => call.index === index);
  for (const event of events) {
    if (event.type === 'tool-call-start') {
      calls.push({ index: event.index, id: event.id, name: event.name, arguments: '' });
    } else if (event.type === 'tool-call-delta') {
      const call = started(event.index);
      if (call) call.arguments += event.delta;
    } else if (event.type === 'tool-call-invalid') {
      const call = event.index === undefined ? undefined : started(event.index);
      const named = event.name === undefined ? {} : { name: event.name };
      if (call) Object.assign(call, { problem: event.reason, arguments: event.arguments });
      else calls.push({ ...named, arguments: event.arguments, problem: event.reason });
    }
  }
  return calls;
}
