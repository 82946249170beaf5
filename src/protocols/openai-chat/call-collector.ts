import { JsonScanner, nameInCanonicalCallId, type StreamEvent } from '../../core/index.ts';
import type { CallFragment } from './call-fragment.ts';

class Call {
  readonly key: number | undefined;
  id: string;
  name = '';
  /** Dense, in the order of the starts; -1 before the start. */
  index = -1;
  text = '';
  placeholder = false;
  ended = false;
  /** Among those that end when another one starts. */
  listed = false;
  readonly scanner = new JsonScanner();

  constructor({ key, id }: CallFragment) {
    this.key = key;
    this.id = id;
  }
}

/** Where the calls of an answer are found. */
class CallIndex {
  readonly latestAt = new Map<number, Call>();
  readonly byId = new Map<string, Call>();

  constructor(calls: readonly Call[]) {
    for (const call of calls) this.add(call);
  }

  add(call: Call): void {
    if (call.key !== undefined) this.latestAt.set(call.key, call);
    this.remember(call);
  }

  remember(call: Call): void {
    if (call.id === '') return;
    this.byId.set(idKey(undefined, call.id), call);
    this.byId.set(idKey(call.key, call.id), call);
  }
}

/**
 * Puts the calls of one answer together from their fragments. Which call a fragment belongs to: a new id is a
 * new call, also at an index already used; the same id, or none, continues (SGLang#10600, forgecode#1122). A
 * call starts once its name is known and stays open while its arguments are incomplete, since parallel calls
 * may interleave.
 */
export class CallCollector {
  readonly #calls: Call[] = [];
  /** Made for the second call: most answers have one. */
  #index: CallIndex | undefined;
  /** Started, complete and not ended yet. */
  #complete: Call[] = [];
  #started = 0;

  add(fragment: CallFragment, events: StreamEvent[]): void {
    this.#extend(this.#find(fragment) ?? this.#open(fragment), fragment, events);
  }

  /** A call of a response that is not streamed: each entry is a call of its own. */
  addWhole(fragment: CallFragment, events: StreamEvent[]): void {
    this.#extend(this.#open(fragment), fragment, events);
  }

  /** Closes every call that is still open. */
  end(events: StreamEvent[]): void {
    for (const call of this.#calls) {
      if (call.index < 0) this.#nameless(call, events);
      if (call.index < 0 || call.ended) continue;
      if (call.text === '' && call.placeholder) {
        events.push({ type: 'tool-call-delta', index: call.index, delta: '{}' });
      }
      this.#close(call, events);
    }
  }

  #find(fragment: CallFragment): Call | undefined {
    const { key, id } = fragment;
    if (key === undefined && id !== '') return this.#byId(key, id) ?? this.#anonymous(fragment);
    const call = key === undefined ? this.#calls.at(-1) : this.#latestAt(key);
    if (call === undefined) return undefined;
    if (id !== '' && call.id !== '' && call.id !== id) return this.#byId(key, id);
    return isAnotherCall(call, fragment) ? undefined : call;
  }

  /** The last call, if its id may still be on its way. */
  #anonymous(fragment: CallFragment): Call | undefined {
    const call = this.#calls.at(-1);
    return call?.id === '' && !isAnotherCall(call, fragment) ? call : undefined;
  }

  #open(fragment: CallFragment): Call {
    const call = new Call(fragment);
    this.#calls.push(call);
    if (this.#index) this.#index.add(call);
    else if (this.#calls.length > 1) this.#index = new CallIndex(this.#calls);
    return call;
  }

  #latestAt(key: number): Call | undefined {
    const last = this.#calls.at(-1);
    return last?.key === key ? last : this.#index?.latestAt.get(key);
  }

  #byId(key: number | undefined, id: string): Call | undefined {
    if (this.#index) return this.#index.byId.get(idKey(key, id));
    const [only] = this.#calls;
    return only?.id === id && (key === undefined || key === only.key) ? only : undefined;
  }

  #extend(call: Call, fragment: CallFragment, events: StreamEvent[]): void {
    if (call.id === '' && fragment.id !== '') {
      call.id = fragment.id;
      this.#index?.remember(call);
    }
    if (fragment.placeholder) call.placeholder = true;
    if (call.name === '' && fragment.name !== '') this.#start(call, fragment.name, events);
    const delta = fragment.arguments;
    // What follows a call that was closed, or repeats one that is complete, would run it with other arguments.
    if (delta === '' || call.ended || (call.scanner.complete && delta === call.text)) return;
    call.text += delta;
    call.scanner.scan(delta);
    if (call.index >= 0) {
      events.push({ type: 'tool-call-delta', index: call.index, delta });
      this.#listIfComplete(call);
    }
  }

  #start(call: Call, name: string, events: StreamEvent[]): void {
    for (const complete of this.#complete) if (!complete.ended) this.#close(complete, events);
    this.#complete = [];
    call.name = name;
    call.index = this.#started++;
    events.push({ type: 'tool-call-start', index: call.index, id: call.id, name, rawId: call.id });
    if (call.text !== '') events.push({ type: 'tool-call-delta', index: call.index, delta: call.text });
    this.#listIfComplete(call);
  }

  #listIfComplete(call: Call): void {
    if (call.listed || !call.scanner.complete) return;
    call.listed = true;
    this.#complete.push(call);
  }

  #nameless(call: Call, events: StreamEvent[]): void {
    const name = nameInCanonicalCallId(call.id);
    if (name !== undefined) {
      this.#start(call, name, events);
    } else if (call.id !== '' || call.text !== '') {
      events.push({ type: 'tool-call-invalid', reason: 'unresolved', rawId: call.id, arguments: call.text });
    }
  }

  #close(call: Call, events: StreamEvent[]): void {
    call.ended = true;
    events.push({ type: 'tool-call-end', index: call.index });
  }
}

/** Whether a fragment that carries no id of its own, or the same one, still cannot belong to this call. */
function isAnotherCall(call: Call, fragment: CallFragment): boolean {
  if (fragment.name === '' || call.name === '') return false;
  if (fragment.name !== call.name) return call.scanner.complete || fragment.key === undefined;
  if (fragment.id !== '' && fragment.id === call.id) return false;
  return call.scanner.complete && fragment.arguments.trim() !== '' && fragment.arguments !== call.text;
}

function idKey(key: number | undefined, id: string): string {
  return `${key ?? ''} ${id}`;
}
