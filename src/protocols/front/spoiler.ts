import { JsonScanner } from '../../core/index.ts';

/**
 * In a string: the control character is not allowed there and not repaired by anybody, the quote ends the string for
 * those that overlook it, what follows is no JSON.
 */
const IN_STRING = '\u0001"\u0001<cut>';
/** Elsewhere: a string that may stand nowhere, for the control character in it, and what follows is no JSON. */
const ELSEWHERE = '"\u0001<cut>"\u0001<cut>';

/**
 * What is sent behind the arguments of a call that must not be run as it stands. Many clients complete or repair the JSON
 * of a call that was cut, whatever the finish reason says, and run half a command: Anthropic's SDKs, LangChain
 * (`parsePartialJson`), Qwen Code (`jsonrepair`), pi (`partial-json`). From this none of them makes a value that the model
 * did not write to its end. `written`: the arguments so far, where they are known.
 */
export function spoilerOf(written?: string): string {
  if (written === undefined) return ELSEWHERE;
  const scanner = new JsonScanner();
  scanner.scan(written);
  return scanner.inString ? IN_STRING : ELSEWHERE;
}
