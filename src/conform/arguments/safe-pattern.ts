/** What a regular expression may cost: at most `factor` × length of the text to the power of `degree`. */
export interface PatternCost {
  readonly factor: number;
  readonly degree: number;
}

const MAX_LENGTH = 1_000;
const QUANTIFIER = /[*+?]|\{(\d+)(,(\d*))?\}/y;

interface Group {
  /** Something inside may match in more than one way. */
  varies: boolean;
  alternatives: number;
}

/**
 * What matching may cost where that can be proven from the pattern's form: no repetition of something that varies, no
 * looking around, no reference back. Undefined for all others, and for what is no ECMAScript pattern: patterns come from
 * strangers, and some take longer than the age of the world.
 */
export function patternCost(pattern: string): PatternCost | undefined {
  if (pattern.length > MAX_LENGTH || !isPattern(pattern)) return undefined;
  const groups: Group[] = [{ varies: false, alternatives: 1 }];
  let factor = 1;
  let degree = pattern.startsWith('^') && !pattern.includes('|') ? 0 : 1;
  let at = 0;
  /** What was just read, to which a quantifier would belong. */
  let atom: Group | undefined;
  while (at < pattern.length) {
    const character = pattern[at]!;
    QUANTIFIER.lastIndex = at;
    const quantifier = atom && QUANTIFIER.exec(pattern);
    if (quantifier) {
      const [text, least, comma, most] = quantifier;
      const [from, to] = boundsOf(text, least, comma, most);
      if (to > 1 && atom!.varies) return undefined;
      if (to > 1_000 && to !== Number.POSITIVE_INFINITY) return undefined;
      if (from !== to) {
        if (to === Number.POSITIVE_INFINITY) degree++;
        else factor *= to - from + 1;
        groups.at(-1)!.varies = true;
      }
      atom = undefined;
      at += text.length;
      // A lazy one costs the same.
      if (pattern[at] === '?') at++;
    } else if (character === '(') {
      if (pattern[at + 1] === '?' && pattern[at + 2] !== ':') return undefined;
      groups.push({ varies: false, alternatives: 1 });
      atom = undefined;
      at += pattern[at + 1] === '?' ? 3 : 1;
    } else if (character === ')') {
      atom = groups.pop()!;
      factor *= atom.alternatives;
      groups.at(-1)!.varies ||= atom.varies;
      at++;
    } else if (character === '|') {
      const group = groups.at(-1)!;
      group.alternatives++;
      group.varies = true;
      atom = undefined;
      at++;
    } else if (character === '\\') {
      if (/[1-9k]/.test(pattern[at + 1] ?? '')) return undefined;
      atom = { varies: false, alternatives: 1 };
      at += /^\\[pPu]\{/.test(pattern.slice(at, at + 3)) ? pattern.indexOf('}', at) - at + 1 : 2;
    } else if (character === '[') {
      at = classEnd(pattern, at);
      atom = { varies: false, alternatives: 1 };
    } else {
      atom = { varies: false, alternatives: 1 };
      at++;
    }
  }
  return { factor: factor * groups[0]!.alternatives, degree };
}

/** The most steps that matching a text of this length may take. */
export function stepsOf({ factor, degree }: PatternCost, length: number): number {
  return factor * Math.max(1, length) ** degree;
}

function boundsOf(text: string, least = '0', comma?: string, most = ''): readonly [number, number] {
  if (text === '*') return [0, Number.POSITIVE_INFINITY];
  if (text === '+') return [1, Number.POSITIVE_INFINITY];
  if (text === '?') return [0, 1];
  const from = Number(least);
  if (comma === undefined) return [from, from];
  return [from, most === '' ? Number.POSITIVE_INFINITY : Number(most)];
}

function classEnd(pattern: string, from: number): number {
  let at = from + 1;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
