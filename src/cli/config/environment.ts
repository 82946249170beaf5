/** A text in which the variables were replaced by their values. */
export interface Expanded {
  readonly value: string;
  /** The variables that it names, in order. */
  readonly variables: readonly string[];
  /** Why it has no value: sentences without a full stop, the first part of a problem. */
  readonly faults: readonly { readonly message: string; readonly remedy: string }[];
}

const REFERENCES = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * `${NAME}` and, for a variable that may be missing, `${NAME:-default}`; `$${` is a plain `${`. A variable that is
 * set but empty counts as missing, white space around a value goes: neither is ever meant.
 */
export function expand(text: string, environment: NodeJS.ProcessEnv): Expanded {
  const variables: string[] = [];
  const faults: { message: string; remedy: string }[] = [];
  const value = text.replace(REFERENCES, (whole: string, inside: string | undefined, end: string) => {
    if (inside === undefined) return '${';
    const [, name = inside, fallback] = /^([^:]*):-(.*)$/s.exec(inside) ?? [];
    if (end === '' || !NAME.test(name)) {
      faults.push({
        message: 'holds a ${ that begins no variable',
        remedy: 'Write ${NAME} or ${NAME:-default}; $${ stands for the characters ${ themselves.',
      });
      return whole;
    }
    variables.push(name);
    const found = environment[name]?.trim();
    if (found) return found;
    if (fallback !== undefined) return fallback;
    faults.push({
      message: `needs the environment variable ${name}, which is ${found === undefined ? 'not set' : 'empty'}`,
      remedy: `Set ${name} where perigee is started, or write \${${name}:-default}.`,
    });
    return '';
  });
  return { value, variables, faults };
}
