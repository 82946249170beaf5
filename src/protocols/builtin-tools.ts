import { PerigeeError, type ToolDeclaration } from '../core/index.ts';

/** Throws `invalid-request` for a tool that the host would have to run, where the protocol has no word for it. */
export function refuseBuiltins(tools: readonly ToolDeclaration[] | undefined, where: string): void {
  const builtin = tools?.find((tool) => tool.builtin);
  if (builtin === undefined) return;
  throw new PerigeeError(
    'invalid-request',
    `The tool ${builtin.name} is run by the host, which ${where} cannot ask for.`,
    {
      remedy: 'Leave it out, or use the Chat Completions API of a host that has it.',
      param: 'tools',
    },
  );
}
