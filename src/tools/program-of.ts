// biome-ignore lint/suspicious/noExplicitAny: any function that uses nothing from outside
type Program = (...given: any[]) => unknown;

/**
 * A function as a program for a thread or an engine of its own: its source text, called with `given` where that is
 * written out. Text instead of a file, so that it runs from a bundle as well.
 */
export function programOf(program: Program, given?: string): string {
  // Bundlers that keep the names of functions call this helper, which is not part of the text.
  const whole = `((__name) => (${program}))((named) => named)`;
  return given === undefined ? whole : `${whole}(${given})`;
}
