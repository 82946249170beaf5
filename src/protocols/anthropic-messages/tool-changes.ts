import { isJsonObject } from '../../core/index.ts';
import { textIn, type Wire } from './wire-reading.ts';

/**
 * The tools that stand in the conversation itself (`tool_addition` and `tool_removal` blocks), as entries of `tools`:
 * which there are when it ends.
 */
export class ToolChanges {
  readonly #added = new Map<string, { readonly tool: Wire; readonly place: string }>();
  readonly #removed = new Set<string>();

  /** Reads the blocks among a message's content, or among a compaction's `tool_changes`. */
  read(content: unknown, place: string): void {
    if (!Array.isArray(content)) return;
    content.forEach((block: unknown, position) => {
      const tool = isJsonObject(block) ? block['tool'] : undefined;
      if (!isJsonObject(block) || !isJsonObject(tool)) return;
      if (block['type'] === 'tool_addition') this.#add(tool, `${place}[${position}].tool.definition`);
      if (block['type'] === 'tool_removal') this.#remove(textIn(tool['name']));
    });
  }

  /** The conversation changes nothing about them. */
  get isEmpty(): boolean {
    return this.#added.size === 0 && this.#removed.size === 0;
  }

  /** Gives `declare` every tool that is there in the end, the request's own first. */
  apply(tools: readonly unknown[], declare: (tool: unknown, place: string) => void): void {
    tools.forEach((tool, position) => {
      const name = isJsonObject(tool) ? textIn(tool['name']) : '';
      if (name === '' || !(this.#removed.has(name) || this.#added.has(name)))
        declare(tool, `tools[${position}]`);
    });
    for (const { tool, place } of this.#added.values()) declare(tool, place);
  }

  #add(tool: Wire, place: string): void {
    const definition = tool['definition'];
    const name = textIn(isJsonObject(definition) ? definition['name'] : tool['name']);
    this.#removed.delete(name);
    if (isJsonObject(definition)) this.#added.set(name, { tool: definition, place });
  }

  #remove(name: string): void {
    this.#removed.add(name);
    this.#added.delete(name);
  }
}
