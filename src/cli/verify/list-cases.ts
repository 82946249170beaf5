import type { Label, VerifyCase } from '../../verify/index.ts';

/** The questions, one a line, with what a good answer is. */
export function listCases(cases: readonly VerifyCase[]): string {
  const width = Math.max(...cases.map(({ id }) => id.length));
  const lines = cases.map((asked) => `${asked.id.padEnd(width)}  ${settings(asked)}${wanted(asked.label)}`);
  return `${lines.join('\n')}\n${cases.length} questions\n`;
}

function settings({ toolChoice, thinking, modes, followUp }: VerifyCase): string {
  const choice = typeof toolChoice === 'object' ? toolChoice.name : toolChoice;
  const parts = [
    choice === undefined ? '' : `tool_choice ${choice}`,
    thinking === undefined ? '' : `thinking ${thinking}`,
    modes === undefined ? '' : modes.join(' and '),
    followUp ? 'two steps' : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `[${parts.join(', ')}] `;
}

function wanted({ calls, either }: Label): string {
  if (calls.length === 0) return either ? 'calls or words' : 'words';
  const names = new Map<string, number>();
  for (const { name } of calls) names.set(name, (names.get(name) ?? 0) + 1);
  return [...names].map(([name, times]) => (times > 1 ? `${times} × ${name}` : name)).join(', ');
}
