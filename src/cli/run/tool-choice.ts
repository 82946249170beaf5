import { nearest, type ToolChoice } from '../../core/index.ts';
import { UsageError } from '../failure.ts';

/** What `--tool-choice` means with these tools. */
export function readToolChoice(choice: string | undefined, names: readonly string[]): ToolChoice | undefined {
  if (choice === undefined || choice === 'auto' || choice === 'none') return choice;
  if (names.includes(choice)) return { name: choice };
  if (choice === 'required') {
    if (names.length > 0) return choice;
    throw new UsageError('--tool-choice required: there are no tools; give some with --tools.');
  }
  const meant = nearest(choice, [...names, 'auto', 'none', 'required']);
  throw new UsageError(
    `--tool-choice ${choice}: neither auto, none, required nor one of the tools.${meant === undefined ? '' : ` Did you mean ${meant}?`}\n` +
      `  The tools are: ${names.join(', ') || '(none)'}.`,
  );
}
