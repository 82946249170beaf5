import { Kept, markLikewise, type ToolDeclaration } from '../core/index.ts';

/** Writes lists of tools as `write` writes one; what lasts, tools and lists, once, and then what comes of it lasts too. */
export function toolWriter<Wire extends object>(
  write: (tool: ToolDeclaration) => Wire,
): (tools: readonly ToolDeclaration[]) => readonly Wire[] {
  const written = new Kept<ToolDeclaration, Wire>();
  const lists = new Kept<readonly ToolDeclaration[], readonly Wire[]>();
  const one = (tool: ToolDeclaration) =>
    written.get(tool) ?? written.set(tool, markLikewise(tool, write(tool)));
  return (tools) => lists.get(tools) ?? lists.set(tools, markLikewise(tools, tools.map(one)));
}
