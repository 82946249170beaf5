import { createHash } from 'node:crypto';
import { Kept, type ModelRequest, type ToolDeclaration } from '../core/index.ts';

/** What every host takes as the name of a tool; their own rules differ in the length. */
const SAFE = /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/;
const LONGEST = 64;
const HASH_LENGTH = 8;

/** Names for the tools of one request that every host takes, and the way back. */
export interface Aliases {
  /** The names to send, by the positions of the tools. */
  readonly tools: readonly string[];
  /** What a name of the client is called, where that differs; of a name that repeats the first tool. */
  readonly sent: ReadonlyMap<string, string>;
  /** The client's names by those that are sent, where they differ. */
  readonly client: ReadonlyMap<string, string>;
}

const known = new WeakMap<ModelRequest, Aliases | null>();

/**
 * The aliases for a request; undefined where all names can stay. A name's alias is the same in every request, unless
 * two would share one: then a hash of the name tells them apart. A tool whose name was there before gets a number.
 */
export function aliasesOf(request: ModelRequest): Aliases | undefined {
  let aliases = known.get(request);
  if (aliases === undefined) known.set(request, (aliases = make(request) ?? null));
  return aliases ?? undefined;
}

/** Whether tools have names that can stay. */
const plain = new Kept<readonly ToolDeclaration[], boolean>();

function arePlain(tools: readonly ToolDeclaration[]): boolean {
  if (new Set(tools.map(({ name }) => name)).size < tools.length) return false;
  return tools.every(({ name, builtin }) => builtin || SAFE.test(name));
}

/** Whether nothing needs an alias, as in most requests. */
function isPlain({ tools = [], messages, toolChoice }: ModelRequest): boolean {
  if (!(plain.get(tools) ?? plain.set(tools, arePlain(tools)))) return false;
  for (const message of messages) {
    if (message.role !== 'assistant' || !message.toolCalls) continue;
    for (const call of message.toolCalls) if (!SAFE.test(call.name)) return false;
  }
  return typeof toolChoice !== 'object' || SAFE.test(toolChoice.name);
}

function make(request: ModelRequest): Aliases | undefined {
  if (isPlain(request)) return undefined;
  const names = (request.tools ?? []).map(({ name }) => name);
  const all = new Set(names);
  const repeats = all.size < names.length;
  for (const message of request.messages) {
    if (message.role === 'assistant') for (const call of message.toolCalls ?? []) all.add(call.name);
  }
  if (typeof request.toolChoice === 'object') all.add(request.toolChoice.name);
  // The name is all that the host knows a tool of its own by.
  const builtins = new Set((request.tools ?? []).filter((tool) => tool.builtin).map(({ name }) => name));
  const unsafe = [...all].filter((name) => !SAFE.test(name) && !builtins.has(name));
  if (unsafe.length === 0 && !repeats) return undefined;

  const taken = new Set([...all].filter((name) => SAFE.test(name) || builtins.has(name)));
  const sent = aliasesFor(unsafe, taken);
  const client = new Map([...sent].map(([name, alias]) => [alias, name]));
  const seen = new Set<string>();
  const tools = names.map((name) => {
    const first = sent.get(name) ?? name;
    if (!seen.has(name)) {
      seen.add(name);
      return first;
    }
    const alias = unused(first, taken, (number) => `_${number + 1}`);
    client.set(alias, name);
    return alias;
  });
  return { tools, sent, client };
}

/** Readable aliases for names; those that would be the same as another's get a hash. Adds them to `taken`. */
function aliasesFor(names: readonly string[], taken: Set<string>): Map<string, string> {
  const plain = names.map(readable);
  const count = new Map<string, number>();
  for (const alias of plain) count.set(alias, (count.get(alias) ?? 0) + 1);
  const aliases = new Map<string, string>();
  for (const [position, name] of names.entries()) {
    const alias = plain[position]!;
    if (count.get(alias) === 1 && !taken.has(alias)) {
      aliases.set(name, alias);
      continue;
    }
    aliases.set(
      name,
      unused(withEnd(alias, `_${hash(name)}`), taken, (number) => `_${number + 1}`),
    );
  }
  for (const alias of aliases.values()) taken.add(alias);
  return aliases;
}

/** The name with what hosts refuse taken out; where little of it would be left, a hash makes it its own. */
function readable(name: string): string {
  const letters = name
    .slice(0, 1000)
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll(/[^a-zA-Z0-9_-]+/g, '_');
  const whole = /^[a-zA-Z_]/.test(letters) ? letters : `_${letters}`;
  const isReadable = /[a-zA-Z0-9]/.test(letters);
  // Letters of another alphabet were lost, and with them what tells this name from others.
  if (!isReadable || /[^\p{Script=Latin}\P{L}]/u.test(name)) {
    return withEnd(isReadable ? whole : 'tool', `_${hash(name)}`);
  }
  return whole.length > LONGEST ? withEnd(whole, `_${hash(name)}`) : whole;
}

function unused(name: string, taken: Set<string>, suffix: (number: number) => string): string {
  let alias = name;
  for (let number = 1; taken.has(alias); number++) alias = withEnd(name, suffix(number));
  taken.add(alias);
  return alias;
}

function withEnd(name: string, end: string): string {
  return name.slice(0, LONGEST - end.length) + end;
}

function hash(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
}
