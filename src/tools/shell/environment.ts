/** What a command line gets to see of the environment. Keys and tokens are in none of these. */
const ALLOWED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LANGUAGE', 'TZ'];

/** The environment of commands: a short list of this process's variables, and what is given besides. */
export function commandEnvironment(given: Readonly<Record<string, string>>): Record<string, string> {
  const taken = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (ALLOWED.includes(entry[0]) || entry[0].startsWith('LC_')),
  );
  // Nobody looks at a screen: no colours, no pagers, no questions.
  const quiet = { TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', GIT_PAGER: 'cat', GIT_TERMINAL_PROMPT: '0' };
  return { ...Object.fromEntries(taken), ...quiet, ...given };
}
