import fc from 'fast-check';
import { type ContextOptions, ContextWindow, type CutPlan } from '../../../src/agent/context/index.ts';
import { type Message, type Prices, textOf } from '../../../src/core/index.ts';

/** Characters of a token, as the host of these tests counts. */
export const CHARACTERS = 4;
export const K26 = { input: 0.95, cachedInput: 0.16, output: 4 };

export function user(text: string): Message {
  return { role: 'user', content: text };
}

export const TASK = user('Find out why the build fails.');

export function answer(text: string): Message {
  return { role: 'assistant', content: text };
}

/** A turn with a call for each result, and the results; sizes in characters. */
export function round(step: number, results: readonly number[], reasoning = 400): Message[] {
  const calls = results.map((_, index) => ({
    id: `functions.read_file:${step * 10 + index}`,
    name: 'read_file',
    arguments: `{"path":"src/part-${step}-${index}.ts"}`,
  }));
  return [
    { role: 'assistant', content: '', reasoning: 'r'.repeat(reasoning), toolCalls: calls },
    ...calls.map(({ id, name }, index): Message => {
      return { role: 'tool', toolCallId: id, name, content: 'x'.repeat(results[index] ?? 0) };
    }),
  ];
}

/** So many rounds of one call. */
export function rounds(count: number, size: number, from = 0): Message[] {
  return Array.from({ length: count }, (_, index) => round(from + index, [size])).flat();
}

/** What is added to a history between two turns: never a call without its result. */
export type Piece = readonly Message[];

const resultSize = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 8_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 20_000, max: 200_000 }) },
);

/** The pieces of a conversation that begins as every run does. */
export const conversation: fc.Arbitrary<Piece[]> = fc
  .tuple(
    fc.boolean(),
    fc.array(
      fc.oneof(
        {
          weight: 12,
          arbitrary: fc.record({
            kind: fc.constant('round' as const),
            results: fc.array(resultSize, { minLength: 1, maxLength: 4 }),
            isNoted: fc.boolean(),
          }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            kind: fc.constant('asked' as const),
            size: fc.integer({ min: 1, max: 9_000 }),
          }),
        },
        {
          weight: 1,
          arbitrary: fc.record({
            kind: fc.constant('told' as const),
            size: fc.integer({ min: 1, max: 300 }),
          }),
        },
      ),
      { minLength: 1, maxLength: 120, size: 'max' },
    ),
  )
  .map(([hasSystem, pieces]) => {
    const beginning: Message[] = [user('Find out why the build fails.')];
    if (hasSystem) beginning.unshift({ role: 'system', content: 'You are careful.' });
    return [
      beginning,
      ...pieces.map((piece, step): Piece => {
        if (piece.kind === 'asked') return [answer('a'.repeat(piece.size)), user(`Question ${step}`)];
        if (piece.kind === 'told') return [{ role: 'system', content: 's'.repeat(piece.size) }];
        return [...round(step, piece.results), ...(piece.isNoted ? [user(`Note ${step}`)] : [])];
      }),
    ];
  });

/** What a host refuses in a list of messages, in words. */
export function problemsOf(messages: readonly Message[]): string[] {
  const problems: string[] = [];
  const first = messages.find(({ role }) => role !== 'system');
  if (first?.role !== 'user') problems.push(`begins with ${first?.role}`);
  let open = new Set<string>();
  const seen = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.toolCallId)) problems.push(`${index}: a result without its call`);
    } else {
      if (open.size > 0) problems.push(`${index}: calls without results before ${message.role}`);
      const ids = message.role === 'assistant' ? (message.toolCalls ?? []).map(({ id }) => id) : [];
      for (const id of ids) if (seen.has(id)) problems.push(`${index}: ${id} again`);
      for (const id of ids) seen.add(id);
      open = new Set(ids);
    }
  }
  if (open.size > 0) problems.push('ends with calls without results');
  return problems;
}

/** Tokens as the host of these tests counts them: instructions and tools, and the text of the messages. */
export function hostTokens(messages: readonly Message[]): number {
  let characters = 8_000;
  for (const message of messages) {
    characters += 30 + (typeof message.content === 'string' ? message.content.length : 4_000);
    if (message.role !== 'assistant') continue;
    characters += message.reasoning?.length ?? 0;
    for (const call of message.toolCalls ?? [])
      characters += 30 + call.id.length + call.name.length + call.arguments.length;
  }
  return Math.ceil(characters / CHARACTERS);
}

/** Goes through a conversation as a run does; `look` sees the window before each request, with the cut made for it. */
export function goThrough(
  window: ContextWindow,
  pieces: readonly Piece[],
  look: (cut: CutPlan | undefined) => void = () => {},
): void {
  for (const piece of pieces) {
    window.append(piece);
    const cut = window.plan();
    if (cut) window.apply(cut);
    look(cut);
    window.told({ inputTokens: hostTokens(window.messages) });
  }
}

/** A window that went through a task and so many rounds of one result each, and the cuts that it made. */
export function worked(
  count: number,
  size: number,
  { options, prices = K26, window }: { options?: ContextOptions; prices?: Prices; window?: number } = {},
): { readonly context: ContextWindow; readonly cuts: readonly CutPlan[] } {
  const context = new ContextWindow(options, prices, window);
  const cuts: CutPlan[] = [];
  goThrough(context, [[TASK], ...Array.from({ length: count }, (_, step) => round(step, [size]))], (cut) => {
    if (cut) cuts.push(cut);
  });
  return { context, cuts };
}

/** What stands where something was cut; '' where nothing was. */
export function noteOf({ messages }: ContextWindow): string {
  const note = messages.find(({ role, content }) => role === 'user' && textOf(content).startsWith('['));
  return note ? textOf(note.content) : '';
}
