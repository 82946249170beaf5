import type { ListedRun } from '../../durable/index.ts';

/** When something last happened in a session; 0: nobody knows. */
export function lastUseOf({ summary, run }: ListedRun): number {
  return Math.max(summary?.lastAt ?? 0, summary?.createdAt ?? 0, run?.queuedAt ?? 0, run?.endedAt ?? 0);
}
