/** Is told what cannot work: the path of the value, a sentence, and one about what to do. */
export type Report = (path: string, message: string, remedy: string) => void;

/** What is needed to find the meaning of what is written. */
export interface Meaning {
  readonly environment: NodeJS.ProcessEnv;
  readonly report: Report;
  /** There may be keys beside those that are written. */
  readonly keysElsewhere?: boolean;
  /** The variables that the value of a path came from. */
  variablesOf(path: string): readonly string[];
}

/** The value of a variable; one that is empty is not set. */
export function variable(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}
