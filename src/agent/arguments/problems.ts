import type { OutputUnit } from '@cfworker/json-schema';
import { showValue } from '../excerpt.ts';
import { type Path, pathOf, pathText, valueAt } from './json-path.ts';
import type { SchemaChecker } from './json-schema.ts';
import { keywordProblem } from './keyword-problem.ts';

/** One thing that is wrong with the arguments of a call, in words that the model can act on. */
export interface Problem {
  readonly path: Path;
  readonly text: string;
}

/** `city: required but missing`, one problem after the other, bounded. */
export function problemsText(problems: readonly Problem[], limit = 5): string {
  const shown = problems.slice(0, limit).map(({ path, text }) => `${pathText(path)}: ${text}`);
  if (problems.length > limit) shown.push(`and ${problems.length - limit} more problems`);
  return shown.join('; ');
}

/** What a JSON Schema finds wrong with a value: the first problem of each place. */
export function schemaProblems(checker: SchemaChecker, value: unknown): Problem[] {
  return inWords({ checker, value }, checker.check(value));
}

interface Checked {
  readonly checker: SchemaChecker;
  readonly value: unknown;
}

/** Keywords that only say that something inside them failed; what failed follows in the list. */
const WRAPPERS = new Set(
  '$ref $recursiveRef properties patternProperties additionalProperties items prefixItems allOf if'.split(
    ' ',
  ),
);

function inWords(checked: Checked, units: readonly OutputUnit[]): Problem[] {
  const problems = new Map<string, Problem>();
  for (let i = 0; i < units.length; i++) {
    const unit = units[i]!;
    const unknownField =
      /^(additional|unevaluated)Properties$/.test(unit.keyword) && units[i + 1]?.keyword === 'false';
    if (WRAPPERS.has(unit.keyword) && !unknownField) continue;
    const inside = errorsInside(units, i);
    const isChoice = inside.length > 0 && (unit.keyword === 'anyOf' || unit.keyword === 'oneOf');
    const found = isChoice ? alternatives(checked, unit, inside) : [leaf(checked, unit, inside)];
    for (const problem of found) {
      const place = pathText(problem.path);
      if (!problems.has(place)) problems.set(place, problem);
    }
    i += inside.length;
  }
  return [...problems.values()];
}

function leaf({ checker, value }: Checked, unit: OutputUnit, inside: readonly OutputUnit[]): Problem {
  const place = inside[0]?.keyword === 'false' ? inside[0] : unit;
  return keywordProblem(checker, value, unit, pathOf(value, place.instanceLocation));
}

/** The errors under a keyword; they follow it in the list. A `false` schema does not say where it stands. */
function errorsInside(units: readonly OutputUnit[], at: number): readonly OutputUnit[] {
  const prefix = `${units[at]!.keywordLocation}/`;
  const isInside = (unit: OutputUnit) => unit.keyword === 'false' || unit.keywordLocation.startsWith(prefix);
  let end = at + 1;
  while (end < units.length && isInside(units[end]!)) end++;
  return units.slice(at + 1, end);
}

/** None of the alternatives fits: speak of the one that was meant, or else say what each would want. */
function alternatives(checked: Checked, unit: OutputUnit, inside: readonly OutputUnit[]): Problem[] {
  const path = pathOf(checked.value, unit.instanceLocation);
  const branches = branchesOf(unit, inside).map((errors) => ({
    problems: inWords(checked, errors),
    meant: !errors.some((error) => rulesOut(error, unit)),
  }));
  const meant = branches.filter((branch) => branch.meant && branch.problems.length > 0);
  if (meant.length === 1) return meant[0]!.problems;
  const wants = new Set<string>();
  for (const { problems } of branches) {
    const [first] = problems;
    if (!first) continue;
    const where = pathText(first.path) === pathText(path) ? '' : `${pathText(first.path)} `;
    wants.add(where + first.text.replace(/ \(got .*\)$/s, ''));
  }
  const shown =
    [...wants].slice(0, 4).join(', or ').replaceAll(', or must be ', ' or ') +
    (wants.size > 4 ? ', or others' : '');
  return [{ path, text: `${shown} (got ${showValue(valueAt(checked.value, path)?.value)})` }];
}

function branchesOf(unit: OutputUnit, inside: readonly OutputUnit[]): OutputUnit[][] {
  const branches = new Map<string, OutputUnit[]>();
  let branch: OutputUnit[] = [];
  for (const error of inside) {
    if (error.keyword !== 'false') {
      const key = error.keywordLocation.slice(unit.keywordLocation.length + 1).split('/', 1)[0]!;
      branch = branches.get(key) ?? [];
      branches.set(key, branch);
    }
    branch.push(error);
  }
  return [...branches.values()];
}

/** Whether an error shows that the writer did not mean this alternative: another type, or another tag. */
function rulesOut(error: OutputUnit, unit: OutputUnit): boolean {
  if (error.instanceLocation === unit.instanceLocation) return /^(type|const|enum)$/.test(error.keyword);
  const isChild = !error.instanceLocation.slice(unit.instanceLocation.length + 1).includes('/');
  return isChild && error.keyword === 'const';
}
