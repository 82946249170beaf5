import type { Access } from '../tool.ts';
import type { ReadyTool } from '../toolbox.ts';

/** What a call touches. What a tool throws when it is asked counts as touching nothing. */
export function accessesOf({
  tool,
  input,
}: {
  readonly tool: ReadyTool;
  readonly input: unknown;
}): readonly Access[] {
  try {
    return tool.tool.accesses?.(input) ?? [];
  } catch {
    return [];
  }
}

/** Whether two calls must not run side by side: they touch the same, and one of them writes. */
export function clash(a: readonly Access[], b: readonly Access[]): boolean {
  return a.some((one) =>
    b.some((other) => one.resource === other.resource && (one.mode === 'write' || other.mode === 'write')),
  );
}

/**
 * The calls in groups: those of a group run side by side, one group after the other, so that calls which would clash run
 * in the order in which they were written. A call that waits for a person holds up only those that clash with it.
 */
export function wavesOf<Call extends { readonly accesses: readonly Access[]; readonly waits: boolean }>(
  calls: readonly Call[],
): { readonly first: readonly Call[][]; readonly second: readonly Call[][] } {
  const levels: { readonly call: Call; readonly late: boolean; readonly level: number }[] = [];
  for (const call of calls) {
    const before = levels.filter((other) => clash(other.call.accesses, call.accesses));
    const late = call.waits || before.some((other) => other.late);
    const level =
      Math.max(-1, ...before.filter((other) => other.late === late).map((other) => other.level)) + 1;
    levels.push({ call, late, level });
  }
  const group = (late: boolean): Call[][] => {
    const waves: Call[][] = [];
    for (const entry of levels) if (entry.late === late) (waves[entry.level] ??= []).push(entry.call);
    return waves;
  };
  return { first: group(false), second: group(true) };
}
