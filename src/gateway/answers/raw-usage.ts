import { isJsonObject, JsonScanner, parseJsonObject, tokenCount, type Usage } from '../../core/index.ts';

/** Characters of the beginning and of the end of an answer in which its usage is looked for. */
const WINDOW = 16 * 1024;

/** What every event of a stream has. */
const EVENT = 'data:';
const CHARACTERS_PER_TOKEN = 4;

/**
 * Looks for the usage in an answer that is passed on unread: at its beginning, where Anthropic counts the prompt, and at
 * its end, where all count the answer. It holds no more than these two windows.
 */
export class RawUsage {
  readonly #decoder = new TextDecoder();
  #head = '';
  #tail = '';
  #length = 0;
  #events = 0;

  push(bytes: Uint8Array): void {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#length += text.length;
    for (let at = text.indexOf(EVENT); at >= 0; at = text.indexOf(EVENT, at + 1)) this.#events++;
    if (this.#head.length < WINDOW) this.#head += text.slice(0, WINDOW - this.#head.length);
    this.#tail = (this.#tail + text).slice(-WINDOW);
  }

  /** Undefined: the answer tells none. */
  read(): Usage | undefined {
    const first = usageAt(this.#head, this.#head.indexOf('"usage"'));
    const last = usageAt(this.#tail, this.#tail.lastIndexOf('"usage"'));
    if (first === undefined || last === undefined) return usageOf(last ?? first);
    return usageOf({ ...first, ...last });
  }

  /** About what an answer took that tells none: a token for each event of a stream. `asked`: characters of the body. */
  estimate(asked: number): Usage {
    const output = this.#events > 1 ? this.#events : Math.ceil(this.#length / CHARACTERS_PER_TOKEN);
    return {
      inputTokens: Math.ceil(asked / CHARACTERS_PER_TOKEN),
      cachedInputTokens: 0,
      outputTokens: output,
    };
  }
}

function usageAt(text: string, at: number): Record<string, unknown> | undefined {
  const from = at < 0 ? -1 : text.indexOf('{', at);
  if (from < 0) return undefined;
  const scanner = new JsonScanner();
  const to = scanner.scan(text, from);
  return scanner.complete ? parseJsonObject(text.slice(from, to)) : undefined;
}

function usageOf(wire: Record<string, unknown> | undefined): Usage | undefined {
  if (wire === undefined) return undefined;
  const cachedBeside = tokenCount(wire['cache_read_input_tokens']);
  const details = [wire['prompt_tokens_details'], wire['input_tokens_details']].find(isJsonObject) ?? {};
  const cached =
    cachedBeside ?? tokenCount(wire['cached_tokens']) ?? tokenCount(details['cached_tokens']) ?? 0;
  const input = tokenCount(wire['prompt_tokens']) ?? tokenCount(wire['input_tokens']);
  const output = tokenCount(wire['completion_tokens']) ?? tokenCount(wire['output_tokens']);
  // Every prompt has tokens: a host that says nothing but zeros does not count.
  if (!input && !output && !cached) return undefined;
  // Anthropic counts cached tokens beside the input, the others inside of it.
  const beside =
    cachedBeside === undefined ? 0 : cachedBeside + (tokenCount(wire['cache_creation_input_tokens']) ?? 0);
  return { inputTokens: (input ?? 0) + beside, cachedInputTokens: cached, outputTokens: output ?? 0 };
}
