const USABLE = /^[A-Za-z_][\w.-]{0,63}$/;
const MAX_LENGTH = 64;

/**
 * The name under which a server's tool is offered: its own where hosts take it and nobody else has it, else
 * `server_tool` with what is not allowed replaced, and a number where that is taken too.
 */
export function toolName(server: string, name: string, isTaken: (name: string) => boolean): string {
  if (USABLE.test(name) && !isTaken(name)) return name;
  const whole = `${usable(server)}_${name.replace(/[^\w.-]/g, '_')}`;
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : `_${number}`;
    const candidate = whole.slice(0, MAX_LENGTH - end.length) + end;
    if (!isTaken(candidate)) return candidate;
  }
}

/** The name of a server as the beginning of a name. */
function usable(server: string): string {
  const cleaned = server.replace(/[^\w.-]/g, '_').slice(0, 24);
  return /^[A-Za-z_]/.test(cleaned) ? cleaned : `_${cleaned}`;
}
