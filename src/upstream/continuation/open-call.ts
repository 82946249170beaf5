import { JsonScanner } from '../../core/index.ts';

const SECTION = /^<\|tool_calls?_section_begin\|>/;
/** Openers and closers of Kimi's native calls and of those in tags. */
const PAIRS = [
  [
    ['<|tool_calls_section_begin|>', '<|tool_call_section_begin|>'],
    ['<|tool_calls_section_end|>', '<|tool_call_section_end|>'],
  ],
  [['<|tool_call_begin|>'], ['<|tool_call_end|>', '<|tool_calls_section_end|>', '<|tool_call_section_end|>']],
  [['<tool_call>'], ['</tool_call>']],
] as const;
const OUTPUT_END = /(<\|im_(end|user|assistant|system|middle)\|>|\[EO[ST]\])\s*$/;
/** Characters that the rest of an answer must have to be compared with its beginning. */
const ENOUGH = 24;
const FEW = 12;

/** Whether the model itself ended its message there. */
export function endsForGood(raw: string): boolean {
  return OUTPUT_END.test(raw.slice(-64));
}

/** Whether raw text ends where a call, or a section of calls, was opened and not closed. */
export function endsInside(raw: string): boolean {
  if (endsForGood(raw)) return false;
  return PAIRS.some(([openers, closers]) => lastOf(raw, openers) > lastOf(raw, closers));
}

function lastOf(text: string, markers: readonly string[]): number {
  return Math.max(...markers.map((marker) => text.lastIndexOf(marker)));
}

/** Whether the arguments of a call have begun as an object and not come to its end. */
export function isOpenObject(text: string): boolean {
  const start = text.search(/\S/);
  if (text[start] !== '{') return false;
  const scanner = new JsonScanner();
  scanner.scan(text, start);
  return !scanner.complete;
}

/**
 * Judges by its first characters whether a text goes on where a call was cut, as far as that can be told: an engine
 * that does not know how begins anew or talks about it. undefined: more must come first.
 */
export function goesOn(
  rest: string,
  answer: { readonly raw: string; readonly openArguments: string | undefined },
  isWhole: boolean,
): boolean | undefined {
  const { raw, openArguments } = answer;
  const text = rest.trimStart();
  if (text.startsWith('<think>') || (SECTION.test(text) && endsInside(raw))) return false;
  const scanner = new JsonScanner();
  if (openArguments !== undefined && openArguments !== '') {
    scanner.scan(openArguments);
    if (text.startsWith('<|tool_call_begin|>') && !scanner.complete) return false;
    const first = scanner.inString || scanner.complete ? '' : text.slice(0, 1);
    // What may follow between the strings of JSON, the letters of its three words among it.
    if (first !== '' && !/[\]"{}[,:\d.+\-truefalsnE<]/.test(first)) return false;
  }
  if (rest.length < ENOUGH && !isWhole) return undefined;
  const beginning = rest.slice(0, ENOUGH);
  return !(beginning.length >= FEW && raw.startsWith(beginning));
}
