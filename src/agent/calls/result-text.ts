/**
 * A tool's output as the text that the model reads. Throws for what JSON cannot hold (cycles, BigInt). Half of a
 * surrogate pair, as a careless cut leaves it, is replaced: hosts may refuse such a text for as long as it is in the
 * history.
 */
export function resultText(output: unknown): string {
  const text = typeof output === 'string' ? output : (JSON.stringify(output) ?? 'null');
  return text.toWellFormed();
}

/** A failed call as the text that the model reads. */
export function errorText(message: string): string {
  return JSON.stringify({ error: message });
}

/** The message of whatever was thrown, with that of its cause (fetch hides the reason there); never the stack. */
export function thrownMessage(thrown: unknown): string {
  try {
    const message = messageOf(thrown);
    if (message === undefined) return `It threw ${JSON.stringify(thrown) ?? String(thrown)}.`;
    const { cause, errors } = thrown as { cause?: unknown; errors?: unknown };
    const behind = [cause, ...(Array.isArray(errors) ? errors.slice(0, 5) : [])]
      .map(messageOf)
      .filter((text) => text !== undefined && !message.includes(text));
    return behind.length === 0 ? message : `${message} (${behind.join('; ')})`;
  } catch {
    return 'It failed without a message.';
  }
}

/** The message of an error, also of one from another realm; undefined for what is none. */
function messageOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const { message, name } = thrown as { message?: unknown; name?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return thrown instanceof Error && typeof name === 'string' ? name : undefined;
}
